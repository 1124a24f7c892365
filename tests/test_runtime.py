"""Seeds, threads, the device, and interrupts that wait."""

import contextlib
import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from gan_lessons.runtime import WholeSteps, device, seed_everything, set_threads, threads_for


@pytest.fixture(autouse=True)
def restored():
    threads = torch.get_num_threads()
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, handler)


def test_one_seed_repeats_the_draws_of_python_numpy_and_torch():
    def draw(seed):
        seed_everything(seed)
        return random.random(), np.random.rand(), torch.rand(1).item()

    first, again, other = draw(3), draw(3), draw(4)
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))


def mlp():
    return nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.Linear(4, 1))


@pytest.mark.parametrize("networks", [(), (mlp(),), (mlp(), mlp())], ids=len)
def test_networks_without_a_convolution_get_one_thread(networks):
    torch.set_num_threads(2)
    assert set_threads(*networks) == 1 == torch.get_num_threads()


@pytest.mark.parametrize("layer", [nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d])
def test_a_convolution_in_any_network_gets_all_cores(layer):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    torch.set_num_threads(cores + 1)
    assert set_threads(mlp(), nn.Sequential(mlp(), nn.Sequential(layer(1, 1, 3)))) == cores == torch.get_num_threads()


@pytest.mark.parametrize("error", [False, True], ids=["to its end", "to an error"])
def test_threads_suit_the_networks_in_the_block_and_are_as_before_after_it(error):
    torch.set_num_threads(3)
    with contextlib.suppress(LookupError), threads_for(mlp()):
        assert torch.get_num_threads() == 1
        if error:
            raise LookupError
    assert torch.get_num_threads() == 3


def test_the_device_can_compute():
    assert (torch.ones(2, device=device()) + 1).tolist() == [2, 2]


def interrupt():
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_during_a_step_is_raised_at_the_next_begin_and_only_there():
    whole = WholeSteps()
    whole.begin()
    interrupt()
    with pytest.raises(KeyboardInterrupt, match="after a whole step"):
        whole.begin()
    whole.begin()
    whole.end()


def test_a_second_interrupt_is_raised_at_once():
    whole = WholeSteps()
    whole.begin()
    interrupt()
    with pytest.raises(KeyboardInterrupt, match="at once"):
        interrupt()
    whole.begin()  # neither waits any more
    whole.end()


def test_after_the_end_interrupts_go_to_the_previous_handler():
    found = []
    signal.signal(signal.SIGINT, lambda number, frame: found.append(number))
    whole = WholeSteps()
    whole.begin()
    whole.begin()  # twice, so that it must not take itself for the previous one
    whole.end()
    interrupt()
    assert found == [signal.SIGINT]


def test_end_leaves_a_handler_alone_that_came_later():
    whole = WholeSteps()
    whole.begin()
    later = lambda number, frame: None  # noqa: E731
    signal.signal(signal.SIGINT, later)
    whole.end()
    assert signal.getsignal(signal.SIGINT) is later


def test_it_holds_again_where_another_handler_was_set_between_two_steps():
    whole = WholeSteps()
    whole.begin()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as Jupyter does before every cell
    whole.begin()
    interrupt()  # held back
    with pytest.raises(KeyboardInterrupt, match="after a whole step"):
        whole.begin()
    whole.end()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_another_thread_it_does_nothing():
    def steps():
        whole = WholeSteps()
        whole.begin()
        handler = signal.getsignal(signal.SIGINT)
        whole.begin()
        whole.end()
        return handler

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(steps).result() is signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ended_in_another_thread_it_holds_nothing_back_any_more():
    whole = WholeSteps()
    whole.begin()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(whole.end).result()
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_of_two_loops_the_outer_one_holds_and_the_inner_one_lives_on():
    outer, inner = WholeSteps(), WholeSteps()
    before = signal.getsignal(signal.SIGINT)
    outer.begin()
    inner.begin()
    signal.raise_signal(signal.SIGINT)
    inner.begin()  # raises nothing: the body of the outer loop is not done
    with pytest.raises(KeyboardInterrupt, match="whole step"):
        outer.begin()
    inner.end()
    outer.end()
    assert signal.getsignal(signal.SIGINT) == before
