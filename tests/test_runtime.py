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

from gan_lessons import runtime
from gan_lessons.runtime import WholeSteps, available_cores, device, seed_everything, set_threads, threads_for


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
    cores = available_cores()
    torch.set_num_threads(cores + 1)
    assert set_threads(mlp(), nn.Sequential(mlp(), nn.Sequential(layer(1, 1, 3)))) == cores == torch.get_num_threads()


@pytest.fixture
def cores(monkeypatch):
    """Return a function that counts cores on a machine of 16, with some OMP_NUM_THREADS and some quotas."""

    def count(wanted=None, quotas=()):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)
        monkeypatch.setattr(runtime, "_quotas", lambda: quotas)
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        if wanted is not None:
            monkeypatch.setenv("OMP_NUM_THREADS", wanted)
        return available_cores()

    return count


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (None, 16),
        ("4", 4),
        (" 3 ", 3),
        ("4,2", 4),
        ("99", 16),
        ("", 16),
        ("0", 16),
        ("-1", 16),
        ("many", 16),
        ("2.5", 16),
    ],
)
def test_omp_num_threads_limits_the_cores_and_nonsense_in_it_does_not(cores, wanted, number):
    assert cores(wanted) == number


@pytest.mark.parametrize(("quotas", "number"), [([2.0], 2), ([2.9], 2), ([0.5], 1), ([64.0], 16), ([8.0, 3.0], 3)])
def test_a_quota_limits_the_cores_to_whole_ones(cores, quotas, number):
    assert cores(quotas=quotas) == number
    assert cores("2", quotas) == min(2, number)
    assert set_threads(nn.Conv2d(1, 1, 3)) == min(2, number)


GROUPS = {
    "version 2, unlimited": ("0::/", {"cpu.max": "max 100000"}, []),
    "version 2, in a container": ("0::/", {"cpu.max": "150000 100000"}, [1.5]),
    "version 2, nested": (
        "0::/slice/job",
        {"cpu.max": "max 100000", "slice/cpu.max": "200000 100000", "slice/job/cpu.max": "400000 100000"},
        [4.0, 2.0],
    ),
    "version 2, the host's path in a container": ("0::/docker/abc", {"cpu.max": "300000 100000"}, [3.0]),
    "version 2, above its root": ("0::/../other", {"cpu.max": "300000 100000"}, [3.0]),
    "version 1": (
        "3:cpuset:/a\n2:cpu,cpuacct:/a/b\n0::/",
        {
            "cpu,cpuacct/cpu.cfs_quota_us": "-1",
            "cpu,cpuacct/cpu.cfs_period_us": "100000",
            "cpu,cpuacct/a/b/cpu.cfs_quota_us": "50000",
            "cpu,cpuacct/a/b/cpu.cfs_period_us": "25000",
        },
        [2.0],
    ),
    "version 1 under another name": (
        "4:cpuacct,cpu:/",
        {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"},
        [1.0],
    ),
    "both, version 2 beside": ("1:name=systemd:/\n0::/x", {"unified/x/cpu.max": "100000 100000"}, [1.0]),
    "no period": ("0::/", {"cpu.max": "100000 0"}, []),
    "empty": ("0::/", {"cpu.max": ""}, []),
    "nothing mounted": ("0::/a\n1:cpu:/a", {}, []),
}


@pytest.mark.parametrize("case", GROUPS)
def test_quotas_are_read_from_every_group_around_the_process(case, tmp_path):
    own, files, expected = GROUPS[case]
    (tmp_path / "own").write_text(own + "\n")
    for name, text in files.items():
        path = tmp_path / "mounted" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    assert list(runtime._quotas(tmp_path / "own", tmp_path / "mounted")) == expected


def test_where_there_are_no_control_groups_there_is_no_quota(tmp_path):
    assert list(runtime._quotas(tmp_path / "none", tmp_path)) == []


@pytest.mark.parametrize("given", [lambda x: x, [nn.Linear(1, 1)]], ids=["a function", "a list"])
def test_threads_for_what_is_no_network_are_refused(given):
    with pytest.raises(TypeError, match=r"set_threads takes networks .*as in set_threads\(G, D\), not"):
        set_threads(given)


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
