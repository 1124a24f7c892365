"""A diagnosis finds each disease in short real runs that have it, nothing in healthy ones, and its advice cures."""

from itertools import islice

import advice  # the benchmark's games with a disease, and what following each piece of advice changes
import pytest
import torch

from gan_lessons import losses, metrics
from gan_lessons.data import Mixture, ring
from gan_lessons.diagnosis import COUNT, diagnose
from gan_lessons.networks import mlp
from gan_lessons.runtime import threads_for
from gan_lessons.training import adversarial_steps, d_step, g_step

ONE = Mixture([[1.0, 1.0]], std=0.05)


@pytest.fixture(autouse=True)
def one_thread():
    with threads_for(mlp(2, 2)):
        yield


def adam(parameters):
    return torch.optim.Adam(parameters, lr=2e-3, betas=(0.0, 0.99), fused=True)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.005, momentum=0.95)


def history(seed, steps, data, loss=losses.non_saturating, penalty=None, d_per_g=1, g_per_d=1, optimiser=adam):
    """Play a game on `data` and return its history, with the modes covered every 20 steps."""
    torch.manual_seed(seed)
    G, D = mlp(2, 2), mlp(2, 1)
    g_opt, d_opt = optimiser(G.parameters()), optimiser(D.parameters())

    def g_update(real):
        return [g_step(G, D, g_opt, loss, torch.randn(256, 2)) for _ in range(g_per_d)][-1]

    def d_update(real):
        return d_step(G, D, d_opt, loss, real, torch.randn(256, 2), penalty=penalty)

    rows = []
    for step, logs in enumerate(islice(adversarial_steps(data.batches(256, seed), d_update, g_update, d_per_g), steps)):
        if step % 20 == 0:
            with torch.no_grad():
                found = metrics.modes(G(torch.randn(1000, 2)), data)
            logs |= {"covered": found.covered, "total": found.total}
        rows.append(logs)
    return rows


def frozen(seed):
    """Train D alone against a new G, with the norm of the gradient that minimax gives G every 10 steps."""
    torch.manual_seed(seed)
    G, D = mlp(2, 2), mlp(2, 1)
    d_opt, z, rows = adam(D.parameters()), torch.randn(256, 2), []
    for step, real in enumerate(islice(ring().batches(256, seed), 600)):
        logs = d_step(G, D, d_opt, losses.minimax, real, torch.randn(256, 2))
        if step % 10 == 0:
            slopes = torch.autograd.grad(losses.minimax.g(D(G(z))), list(G.parameters()))
            logs["g_grad"] = torch.cat([slope.flatten() for slope in slopes]).norm().item()
        rows.append(logs)
    return rows


SICK = {
    "vanishing gradients": frozen,
    "D far ahead": lambda seed: [{k: v for k, v in logs.items() if k != "g_grad"} for logs in frozen(seed)],
    "mode collapse": lambda seed: history(seed, 50, ring(), g_per_d=50),
    "oscillation": lambda seed: history(seed, 800, ONE, optimiser=momentum),
    "divergence": lambda seed: history(seed, 150, ring(), losses.wasserstein, d_per_g=10),
}
HEALTHY = {
    "ring with R1": lambda seed: history(seed, 700, ring(), penalty=losses.r1(0.05)),
    "one heap": lambda seed: history(seed, 600, ONE, optimiser=momentum, penalty=losses.r1(1.0)),
    "Wasserstein with a gradient penalty": lambda seed: history(
        seed, 150, ONE, losses.wasserstein, losses.gradient_penalty(1.0), d_per_g=5
    ),
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("disease", SICK)
def test_it_finds_what_a_sick_run_has(disease, seed):
    found = {finding.disease: finding for finding in diagnose(SICK[disease](seed))}
    assert disease in found
    advice = "; if that is so already: ".join(found[disease].advice)
    assert str(found[disease]) == f"{disease}: {found[disease].evidence}. Try: {advice}."


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("run", HEALTHY)
def test_it_finds_nothing_in_a_healthy_run(run, seed):
    assert diagnose(HEALTHY[run](seed)) == []


def test_a_collapse_that_the_history_cannot_show_was_not_looked_at():
    rows = history(0, 50, ring(), g_per_d=50)
    blind = [{"d_real": logs["d_real"], "d_fake": logs["d_fake"]} for logs in rows]
    assert [finding.disease for finding in diagnose(blind)] == ["not looked at"]
    assert diagnose(blind)[0].advice == (COUNT,)
    for name in ("covered", "total", "variety"):
        assert f"'{name}'" in COUNT
    sick = [logs | {"d_real": 9.0, "d_fake": -9.0} for logs in blind]
    assert [finding.disease for finding in diagnose(sick)] == ["D far ahead", "not looked at"]


def test_too_little_variety_is_a_collapse_of_images_too():
    images = torch.rand(100, 1, 8, 8)
    one = images[:1] + 0.01 * torch.rand(100, 1, 8, 8)
    for samples, found in ((images.flip(0), []), (one, ["mode collapse"])):
        rows = [{"d_real": 0.0, "d_fake": 0.0} for _ in range(40)]
        rows[-1]["variety"] = metrics.variety(samples, images)
        assert [finding.disease for finding in diagnose(rows)] == found


@pytest.mark.parametrize(
    ("d_real", "d_fake", "found"),
    [
        (60.0, 0.4, ["D far ahead"]),
        (1.9, -50.0, ["D far ahead"]),
        (2.1, -2.1, ["D far ahead"]),
        (1.7, -1.7, []),
        (0.1, 10.8, ["G far ahead"]),
        (0.9, 0.1, ["D ends in a sigmoid"]),
        (1e-6, 0.0, []),
    ],
)
def test_mean_logits_alone_tell_a_d_that_is_too_sure_and_one_that_cannot_be(d_real, d_fake, found):
    rows = [{"d_real": d_real, "d_fake": d_fake, "covered": 8, "total": 8} for _ in range(100)]
    assert [finding.disease for finding in diagnose(rows)] == found


def test_the_scores_of_least_squares_and_of_a_critic_are_no_disease():
    squares = [{"d_real": 0.6, "d_fake": 0.4, "d_loss": 0.16, "covered": 8, "total": 8} for _ in range(100)]
    critic = [logs | {"d_real": 9.0, "d_fake": 1.0, "d_loss": -8.0} for logs in squares]
    assert diagnose(squares) == diagnose(critic) == []


def test_the_scatter_of_single_batches_is_no_oscillation():
    noise = 0.4 * torch.randn(20, 400, generator=torch.Generator().manual_seed(0))
    for row in noise.tolist():
        assert diagnose([{"d_real": 0.0, "d_fake": value, "covered": 8, "total": 8} for value in row]) == []


def test_a_gradient_that_was_never_there_has_vanished():
    rows = [{"d_real": 9.0, "d_fake": -9.0, "g_grad": 0.0, "covered": 8, "total": 8} for _ in range(100)]
    assert [finding.disease for finding in diagnose(rows)] == ["vanishing gradients"]
    rows = [logs | {"g_grad": 1.0} for logs in rows]
    assert [finding.disease for finding in diagnose(rows)] == ["D far ahead"]


def test_coverage_counts_in_the_last_quarter_of_the_steps():
    rows = [{"d_real": 0.0, "d_fake": 0.0} for _ in range(400)]
    rows[0] |= {"covered": 0, "total": 8}
    assert [finding.disease for finding in diagnose(rows)] == ["not looked at"]
    rows[350] |= {"covered": 6, "total": 8}
    assert "6 of 8 modes" in diagnose(rows)[0].evidence
    rows[350]["covered"] = 8
    assert diagnose(rows) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"d_real": 0.0, "d_fake": 0.0}] * 39, "39 steps"),
        ([{"d_loss": 1.0, "g_loss": 1.0}] * 50, "step 0 of the history lacks 'd_real'"),
        ([{"d_real": 0.0, "d_fake": 0.0}] * 50 + [{"d_real": 0.0}], "step 50 of the history lacks 'd_fake'"),
        ([{"d_real": 0.0, "d_fake": 0.0, "covered": 3}] * 50, "'total'"),
        ([{"d_real": 0.0, "d_fake": float("nan")}] * 50, "'d_fake' is not finite"),
        ([{"d_real": 0.0, "d_fake": 0.0, "g_grad": float("inf")}] * 50, "'g_grad' is not finite"),
    ],
)
def test_a_history_that_says_too_little_is_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        diagnose(rows)


QUICK = ["sigmoid", "slow G", "D that hardly learns", "fast G", "β₁ = 0.9", "momentum", "critic, 1 of D"]


@pytest.mark.parametrize("name", QUICK)
def test_the_first_advice_that_is_not_so_already_cures(name):
    """For one seed; tests/benchmarks/advice.py follows every piece of advice, the slow ones too, on three."""
    disease, _, changes = advice.GAMES[name]
    found, healthy, outcome = advice.followed(name, seed=0)
    assert disease in [finding.disease for finding in found] and not healthy, outcome
    first = next(piece for piece in found[0].advice if piece in changes)
    _, healthy, outcome = advice.followed(name, 0, first)
    assert healthy, outcome


def test_no_advice_is_given_that_was_not_followed():
    given, looked = set(), {"covered": 8, "total": 8}
    logits = [(0.9, 0.1, looked), (9, -9, {"g_grad": 0.0} | looked), (9, -9, looked), (-9, 9, looked)]
    for d_real, d_fake, more in [*logits, (0, 0, {"variety": 0.1})]:
        given |= pairs(diagnose([{"d_real": d_real, "d_fake": d_fake} | more for _ in range(100)]))
    given |= pairs(diagnose([{"d_real": i, "d_fake": 0.0} | looked for i in range(100)]))
    given |= pairs(diagnose([{"d_real": 0.0, "d_fake": (-1) ** (i // 10)} | looked for i in range(100)]))
    followed = {(disease, piece) for disease, _, changes in advice.GAMES.values() for piece in changes}
    assert given == followed and len({disease for disease, _ in given}) == 7


def pairs(found):
    return {(finding.disease, piece) for finding in found for piece in finding.advice}


def test_findings_that_come_together_do_not_contradict_each_other():
    rows = [{"d_real": 9.0, "d_fake": -9.0 + 3 * (i // 10 % 2), "covered": 2, "total": 8} for i in range(100)]
    ahead, collapse = diagnose(rows)
    assert (ahead.disease, collapse.disease) == ("D far ahead", "mode collapse") and ahead.advice == collapse.advice
