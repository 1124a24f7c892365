"""Lesson 14's networks: what a mask composes, which noise a frame depends on, and who sees the order of frames."""

import pytest
import torch

from gan_lessons.networks import (
    FilmAndFrame,
    FilmDiscriminator,
    FrameDiscriminator,
    MotionContentGenerator,
    TwoStreamGenerator,
)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_the_two_streams_are_composed_by_the_mask():
    G = TwoStreamGenerator()
    z = torch.randn(3, 64)
    foreground, mask, background = G.parts(z)
    assert foreground.shape == mask.shape == (3, 12, 1, 24, 24) and background.shape == (3, 1, 1, 24, 24)
    assert 0 <= mask.min() and mask.max() <= 1 and max(foreground.abs().max(), background.abs().max()) <= 1
    film = G(z)
    assert torch.allclose(film, background + mask * (foreground - background), atol=1e-6)
    assert film.diff(dim=1).abs().max() > 0  # it moves


def test_a_frame_depends_on_the_content_and_on_the_noise_until_then():
    G = MotionContentGenerator().eval()
    content, noise = torch.randn(2, 32, requires_grad=True), torch.randn(2, 13, 16, requires_grad=True)
    films = G(content, noise)
    assert films.shape == (2, 12, 1, 24, 24) and films.abs().max() <= 1
    of_content, of_noise = torch.autograd.grad(films[0, 4].sum(), (content, noise))
    assert (of_content[0] != 0).all() and (of_content[1] == 0).all()
    assert of_noise[0].abs().sum(1).ne(0).tolist() == [True] * 6 + [False] * 7  # the start, and five steps
    assert (of_noise[1] == 0).all()


def test_films_can_be_longer_and_begin_as_the_shorter_ones_do():
    G = MotionContentGenerator().eval()
    content, noise = torch.randn(2, 32), torch.randn(2, 25, 16)
    long = G(content, noise)
    assert long.shape == (2, 24, 1, 24, 24)
    assert torch.allclose(long[:, :12], G(content, noise[:, :13]), atol=1e-6)


def test_a_judge_of_frames_is_blind_to_their_order_and_one_of_films_is_not():
    films = torch.rand(4, 12, 1, 24, 24) * 2 - 1
    order = torch.randperm(12)
    D, frames = FilmDiscriminator(), FrameDiscriminator()
    assert D(films).shape == (4,) and frames(films[:, 0]).shape == (4,)
    means = [frames(some.flatten(0, 1)).view(4, 12).mean(1) for some in (films, films[:, order])]
    assert torch.allclose(*means, atol=1e-6)
    assert not torch.allclose(D(films), D(films[:, order]), atol=1e-3)


def test_the_two_judges_are_summed_and_the_frame_is_drawn_for_each_film():
    D = FilmAndFrame()
    films = torch.rand(1, 12, 1, 24, 24).expand(500, -1, -1, -1, -1)
    opinions = D(films) - D.film(films)
    of_frames = D.frame(films[0])
    assert torch.isclose(opinions[:, None], of_frames, atol=1e-5).any(1).all()
    assert (opinions[:, None] - of_frames).abs().argmin(1).unique().numel() == 12
