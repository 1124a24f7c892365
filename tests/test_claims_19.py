"""Lesson 19: what its text says of shares, rings and draws; its programs, and the commands that it gives by hand."""

import importlib.util
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import textwrap
import time
from urllib.request import urlopen

import pytest
import torch
from lessons import SOURCES, names_of
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from gan_lessons.checkpoints import load_weights
from gan_lessons.launch import LOOPBACK, torchrun

NOTEBOOKS = SOURCES.parent
SOURCE = (SOURCES / "19_scaling_out.py").read_text(encoding="utf-8")
README = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
PROGRAMS = {name: (NOTEBOOKS / name).read_text(encoding="utf-8") for name in ("19_train.py", "19_probes.py")}


def loaded(name):
    spec = importlib.util.spec_from_file_location(name.removesuffix(".py"), NOTEBOOKS / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def lesson():
    return names_of(19)


@pytest.fixture(scope="module")
def program():
    return loaded("19_train.py")


def test_what_the_lesson_shows_of_its_programs_stands_in_them():
    prose = "\n".join(line.removeprefix("# ").removeprefix("#") for line in SOURCE.splitlines())
    blocks = re.findall(r"```python\n(.*?)```", prose, re.DOTALL)
    every = [textwrap.dedent(text) for text in PROGRAMS.values()]
    plain = [re.sub(r"^ +", "", text, flags=re.MULTILINE) for text in every]
    assert len(blocks) >= 5
    for block in blocks:
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        assert all(any(line in text for text in plain) for line in lines), block


@pytest.mark.parametrize("text", [SOURCE, README], ids=["lesson", "README"])
def test_the_commands_for_the_hand_have_options_that_exist(program, text):
    commands = re.findall(r"torchrun (--[^\n`]*\.py[^\n`)]*)", text)
    assert commands
    for command in commands:
        before, name, after = re.match(r"(.*?)(19_\w+\.py)(.*)", command).groups()
        assert (NOTEBOOKS / name).is_file()
        if name == "19_train.py":
            program.options(shlex.split(after))  # argparse ends the program where it does not know one
        known = {"--standalone", "--nproc-per-node", "--nnodes", "--rdzv-backend", "--rdzv-endpoint"}
        assert {*re.findall(r"--[\w-]+", before)} <= known


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_the_ring_gives_everyone_the_sum_also_where_pieces_are_unequal(lesson, n):
    vectors = torch.randn(n, 23, dtype=torch.float64)
    before = vectors.clone()
    sums, sent = lesson["ring_all_reduce"](list(vectors))
    assert len(sums) == n and all(torch.allclose(some, before.sum(0)) for some in sums)
    assert torch.equal(vectors, before)
    assert sum(sent) == 2 * (n - 1) * 23  # and of equal pieces, each sends an n-th of that


def test_a_step_has_the_three_terms_of_the_text(lesson):
    assert lesson["step_seconds"](4, 8.0, 100.0, 10.0, 0.5) == (2.0, 15.0, 3.0)
    assert lesson["step_seconds"](1, 8.0, 100.0, 10.0, 0.5) == (8.0, 0.0, 0.0)


def test_shares_are_the_whole_batch_and_an_epoch_every_image_once(program):
    images = torch.arange(50, dtype=torch.uint8).view(50, 1, 1, 1)
    seen = []
    for step in range(5):
        whole = program.draws(images, step, seed=3, batch=10)
        assert all(torch.equal(a, b) for a, b in zip(whole, program.draws(images, step, seed=3, batch=10), strict=True))
        for ranks in (2, 5):
            shares = [[each[rank::ranks] for each in whole] for rank in range(ranks)]
            for kind in range(3):
                rows = torch.cat([share[kind] for share in shares]).flatten(1)
                assert sorted(rows.tolist()) == sorted(whole[kind].flatten(1).tolist())
        seen.append(whole)
    numbers = torch.cat([whole[0] for whole in seen]).add(1).mul(127.5).round().flatten()
    assert sorted(numbers.tolist()) == list(range(50))
    zs = torch.stack([z for whole in seen for z in whole[1:]])  # D's and G's, of all steps
    assert zs.shape == (10, 10, 16) and zs.flatten(0, 1).unique(dim=0).shape[0] == 100
    again = program.draws(images, 5, seed=3, batch=10)[0]
    assert not torch.equal(again, seen[0][0])  # the next epoch has another order


def test_group_norm_alone_makes_shares_and_the_whole_the_same_function(program):
    for norm, same in (("group", True), ("batch", False)):
        args = program.options(["--norm", norm, "--dtype", "float64"])
        G, D = program.networks(args, torch.device("cpu"))
        assert not any(isinstance(layer, nn.BatchNorm2d) for layer in D.modules())
        z = torch.randn(8, 16, dtype=torch.float64)
        assert torch.allclose(G(z)[::2], G(z[::2])) == same


def test_in_bfloat16_weights_results_and_slopes_stay_float32(program):
    G, D = program.networks(program.options(["--bf16"]), torch.device("cpu"))
    plain, _ = program.networks(program.options([]), torch.device("cpu"))
    z = torch.randn(4, 16)
    made = G(z)
    D(made).mean().backward()
    tensors = [made, D(made), *G.parameters(), *(p.grad for p in G.parameters())]
    assert {each.dtype for each in tensors} == {torch.float32}
    difference = (made - plain(z)).abs().max()
    assert 0 < difference < 0.05  # computed otherwise, but hardly


def test_tensorboard_opens_by_the_readmes_command_and_for_this_computer_alone(tmp_path):
    with SummaryWriter(tmp_path / "runs/mine") as writer:
        writer.add_scalar("d_loss", 1.5, 1)
    (command,) = {*re.findall(r"`?tensorboard (--logdir notebooks/runs [^`\n]*)", README + SOURCE)}
    options = [*command.replace("notebooks/runs", str(tmp_path / "runs")).split(), "--port", "0"]
    server = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", *options], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        lines = iter(server.stderr.readline, "")
        address = next(found.group() for line in lines if (found := re.search(r"http://[\w.:]+/", line)))
        assert address.startswith("http://127.0.0.1:")
        deadline = time.monotonic() + 60
        while "mine" not in (runs := urlopen(f"{address}data/runs", timeout=30).read().decode()):
            assert time.monotonic() < deadline, runs
            time.sleep(0.5)
    finally:
        server.terminate()
        server.communicate()


def test_the_program_says_how_it_is_started():
    ended = subprocess.run([sys.executable, NOTEBOOKS / "19_train.py"], capture_output=True, text=True)
    assert ended.returncode == 1 and "torchrun --standalone --nproc-per-node 2 19_train.py" in ended.stderr


def test_a_batch_that_cannot_be_shared_is_named(tmp_path):
    with pytest.raises(RuntimeError):
        for line in torchrun(NOTEBOOKS / "19_train.py", "--batch", 9, "--folder", tmp_path, processes=2):
            if "can not be shared equally by 2" in line:
                raise RuntimeError(line)
        pytest.fail("nobody said so")


@pytest.mark.skipif(sys.platform not in LOOPBACK, reason="two machines are two torchruns over the loopback interface")
def test_the_line_for_two_machines_trains_as_one_process_does(tmp_path):
    """Two torchruns of one process each, as on two machines, and the checkpoint that one process makes."""
    options = ["--steps", "3", "--batch", "8", "--dtype", "float64"]
    list(torchrun(NOTEBOOKS / "19_train.py", *options, "--folder", tmp_path / "one", processes=1))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = re.search(r"torchrun (--nnodes 2.*?) 19_train.py", SOURCE).group(1)
    line = line.replace("--nproc-per-node 4", "--nproc-per-node 1").replace("HOST:29500", f"127.0.0.1:{port}")
    command = [sys.executable, "-m", "torch.distributed.run", *line.split(), str(NOTEBOOKS / "19_train.py"), *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": LOOPBACK[sys.platform]}
    command += ["--folder", str(tmp_path / "two")]
    machines = [subprocess.Popen(command, env=environment) for _ in range(2)]
    try:
        assert [machine.wait(timeout=200) for machine in machines] == [0, 0]
    finally:
        for machine in machines:
            machine.terminate()
    facts = json.loads((tmp_path / "two/facts.json").read_text())
    assert facts["processes"] == 2 and facts["unlike"] == 0
    program = loaded("19_train.py")
    made = []
    for name in ("one", "two"):
        G, _ = program.networks(program.options(["--dtype", "float64"]), torch.device("cpu"))
        load_weights(G, tmp_path / name / "checkpoint.safetensors", part="G")
        made.append(nn.utils.parameters_to_vector(G.parameters()))
    assert torch.allclose(*made, atol=1e-9)
