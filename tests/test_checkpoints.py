"""Checkpoints: a run goes on exactly, damage is found, nothing is half written, no code is run."""

import contextlib
import hashlib
import json
import os
import pickle
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan_lessons import data, losses
from gan_lessons.checkpoints import files, load_checkpoint, load_weights, save_checkpoint, save_weights
from gan_lessons.data import Batches
from gan_lessons.data import files as data_files
from gan_lessons.losses import Lazy, r1
from gan_lessons.training import adversarial_steps, d_step, g_step

SEED, SAVED_AT, END = 3, 7, 15


class Run:
    """A small run of everything that a checkpoint can hold."""

    def __init__(self, seed=SEED, width=8):
        torch.manual_seed(seed)
        self.G = nn.Sequential(
            nn.Linear(4, width),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Linear(width, 16),
            nn.Tanh(),
            nn.Unflatten(1, (1, 4, 4)),
        )
        self.D = nn.Sequential(
            nn.Flatten(),
            nn.Linear(16, 8),
            nn.BatchNorm1d(8),
            nn.LeakyReLU(0.2),
            nn.Dropout(0.2),
            nn.Linear(8, 1),
            nn.Flatten(0),
        )
        self.G_optimizer, self.D_optimizer = (
            torch.optim.Adam(network.parameters(), lr=1e-2, betas=(0.0, 0.99)) for network in (self.G, self.D)
        )
        self.schedules = [CosineAnnealingLR(o, T_max=20) for o in (self.G_optimizer, self.D_optimizer)]
        self.ema = AveragedModel(self.G, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
        images = torch.arange(20 * 16).mul(37).remainder(256).to(torch.uint8).view(20, 1, 4, 4)
        self.batches = Batches(images, size=6, seed=seed)  # 6 does not divide 20
        self.r1 = Lazy(r1(0.1), every=4)
        self.history = []

    def parts(self):
        names = ("G", "D", "G_optimizer", "D_optimizer", "ema", "batches", "r1")
        G_schedule, D_schedule = self.schedules
        return {name: getattr(self, name) for name in names} | {
            "G_schedule": G_schedule,
            "D_schedule": D_schedule,
        }

    def train(self, steps):
        def d_update(real):
            z = torch.randn(len(real), 4)
            return d_step(self.G, self.D, self.D_optimizer, losses.non_saturating, real, z, penalty=self.r1)

        def g_update(real):
            return g_step(self.G, self.D, self.G_optimizer, losses.non_saturating, torch.randn(len(real), 4))

        for logs in islice(adversarial_steps(self.batches, d_update, g_update), steps):
            self.ema.update_parameters(self.G)
            for schedule in self.schedules:
                schedule.step()
            self.history.append(logs)

    def save(self, path):
        save_checkpoint(path, step=len(self.history), seed=SEED, **self.parts())

    def state(self):
        """Return every part's state and torch's random state, as plain values that can be compared."""
        return plain([torch.get_rng_state(), {name: part.state_dict() for name, part in self.parts().items()}])


def plain(value):
    if isinstance(value, torch.Tensor):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return [(key, plain(item)) for key, item in value.items()]
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.fixture(scope="module")
def unbroken():
    run = Run()
    run.train(END)
    run.end = run.state()
    return run


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """Return the path of a checkpoint at step 7; not to be changed."""
    path = tmp_path_factory.mktemp("checkpoint") / "run.safetensors"
    run = Run()
    run.train(SAVED_AT)
    run.save(path)
    return path


def test_a_run_goes_on_in_new_objects_exactly_as_if_unbroken(checkpoint, unbroken):
    run = Run(seed=99)  # other weights, another order, another random state
    assert load_checkpoint(checkpoint, **run.parts()) == {"step": SAVED_AT, "seed": SEED}
    run.train(END - SAVED_AT)
    assert run.history == unbroken.history[SAVED_AT:]
    assert run.state() == unbroken.end


def test_a_run_goes_on_in_another_process_exactly_as_if_unbroken(checkpoint, unbroken):
    program = (
        "import json, sys; from test_checkpoints import Run, load_checkpoint\n"
        "run = Run(seed=99)\n"
        "done = load_checkpoint(sys.argv[1], **run.parts())['step']\n"
        "run.train(int(sys.argv[2]) - done)\n"
        "print(json.dumps(run.history))"
    )
    process = subprocess.run(
        [sys.executable, "-c", program, str(checkpoint), str(END)],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(process.stdout) == unbroken.history[SAVED_AT:]


def test_saving_changes_nothing_in_the_run(tmp_path, unbroken):
    run = Run()
    for steps in (5, 1, END - 6):
        run.train(steps)
        run.save(tmp_path / "run")
    assert run.history == unbroken.history


def test_a_checkpoint_makes_its_folder_and_leaves_no_other_file(tmp_path):
    path = tmp_path / "new" / "folder" / "run.safetensors"
    Run().save(path)
    assert list(path.parent.iterdir()) == [path]


def stop(*arguments):
    raise KeyboardInterrupt


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("save", ["checkpoint", "weights"])
def test_stopped_while_it_is_written_the_old_file_stays_whole(call, save, tmp_path, monkeypatch):
    path = tmp_path / "run"
    run = Run()

    def write():
        run.save(path) if save == "checkpoint" else save_weights(run.G, path)

    write()
    old = path.read_bytes()
    run.train(1)
    monkeypatch.setattr(os, call, stop)
    with pytest.raises(KeyboardInterrupt):
        write()
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


@contextlib.contextmanager
def small_disk():
    """Let no file grow above 4 kB, as if the disk was full."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_the_old_file_stays_whole(tmp_path):
    path = tmp_path / "run"
    run = Run()
    run.save(path)
    old = path.read_bytes()
    run.train(1)
    with small_disk(), pytest.raises(OSError):
        run.save(path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


class WithSet:
    def state_dict(self):
        return {"scores": {1, 2}}


def test_a_state_that_can_not_be_kept_is_named_and_nothing_is_written(tmp_path):
    with pytest.raises(TypeError, match=r"tracker/scores holds a set"):
        save_checkpoint(tmp_path / "run", step=0, seed=0, tracker=WithSet())
    assert not list(tmp_path.iterdir())


def test_a_state_comes_back_with_its_types(tmp_path):
    class Part:
        def __init__(self, state):
            self.state = state

        def state_dict(self):
            return self.state

        def load_state_dict(self, state):
            self.state = state

    state = {
        0: {"exp": torch.tensor(0.1, dtype=torch.float64), "empty": torch.zeros(0, 3)},
        "nested": [1, 0.1, None, True, "π", [torch.tensor([1, 2], dtype=torch.int16)]],
        "halves": torch.tensor([1.5, -2], dtype=torch.bfloat16),
        "flags": torch.tensor([True, False]),
        "turned": torch.arange(6).view(2, 3).T,
    }
    loaded = Part(None)
    save_checkpoint(tmp_path / "run", step=0, seed=0, part=Part(state))
    load_checkpoint(tmp_path / "run", part=loaded)
    assert plain(loaded.state) == plain(state)


def assert_refused(path, error, match, run=None, parts=None):
    """Check that loading `path` raises `error`, that it names the file, and that nothing has changed."""
    run = run or Run(seed=99)
    run.train(1)
    before = run.state()
    with pytest.raises(error, match=match) as caught:
        load_checkpoint(path, **(parts or run.parts()))
    assert str(path) in str(caught.value)
    assert run.state() == before


def flipped(content, place):
    content = bytearray(content)
    content[place] ^= 1
    return bytes(content)


DAMAGE = {
    "empty": lambda content: b"",
    "cut in the header's length": lambda content: content[:4],
    "cut in the header": lambda content: content[:200],
    "cut in the middle": lambda content: content[: len(content) // 2],
    "cut by one byte": lambda content: content[:-1],
    "one byte too long": lambda content: content + b"\0",
    "a flipped bit in the header's length": lambda content: flipped(content, 1),
    "a flipped bit in a part's name": lambda content: flipped(content, content.index(b"D_schedule")),
    "a flipped bit in the random state's name": lambda content: flipped(content, content.index(b"random/cpu") + 3),
    "a flipped bit in a number": lambda content: flipped(content, content.index(b"0.99") + 3),
    "a flipped bit in a tensor": lambda content: flipped(content, -5),
    "text": lambda content: b"This is not a checkpoint.\n" * 100,
    "a pickle": lambda content: pickle.dumps({"G": [1.0] * 1000}),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_named_and_changes_nothing(damage, checkpoint, tmp_path):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(DAMAGE[damage](checkpoint.read_bytes()))
    assert_refused(path, ValueError, "is damaged or is not a checkpoint")


def test_any_flipped_bit_is_found(tmp_path):
    path, network = tmp_path / "run", nn.Linear(2, 1)
    save_checkpoint(path, step=7, seed=1, D=network, optimizer=torch.optim.Adam(network.parameters()))
    content = path.read_bytes()
    weights, random_state = network.weight.tolist(), torch.get_rng_state()
    for place in range(0, len(content), 17):
        path.write_bytes(flipped(content, place))
        with pytest.raises(ValueError, match="is damaged"):
            load_checkpoint(path, D=network, optimizer=torch.optim.Adam(network.parameters()))
    assert network.weight.tolist() == weights and torch.equal(torch.get_rng_state(), random_state)


def test_a_safetensors_file_of_others_is_refused(tmp_path):
    save_file({"weight": torch.ones(2)}, tmp_path / "theirs")
    assert_refused(tmp_path / "theirs", ValueError, "is not a checkpoint")


def test_weights_are_no_checkpoint(tmp_path):
    save_weights(Run().G, tmp_path / "weights")
    assert_refused(tmp_path / "weights", ValueError, "is not a checkpoint")


def test_a_missing_file_is_named(tmp_path):
    assert_refused(tmp_path / "none", FileNotFoundError, "no checkpoint at .*save_checkpoint")


class Bomb:
    """An object whose pickle makes a folder when it is loaded."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize(
    "write", [torch.save, lambda bomb, path: path.write_bytes(pickle.dumps(bomb))], ids=["torch", "pickle"]
)
def test_loading_never_runs_code(write, tmp_path):
    path, folder = tmp_path / "run", tmp_path / "exploded"
    write(Bomb(folder), path)
    assert_refused(path, ValueError, "is not a checkpoint")
    assert not folder.exists()
    if write is torch.save:  # the bomb is a live one
        torch.load(path, weights_only=False)
    else:
        pickle.loads(path.read_bytes())
    assert folder.exists()


def without(name):
    return lambda parts: {key: part for key, part in parts.items() if key != name}


@pytest.mark.parametrize(
    "change",
    [
        without("ema"),
        lambda parts: parts | {"extra": Lazy(r1(1.0), 2)},
        lambda parts: {"g": parts["G"]} | without("G")(parts),
    ],
    ids=["one missing", "one too many", "one renamed"],
)
def test_other_names_of_parts_are_refused(change, checkpoint):
    run = Run(seed=99)
    assert_refused(
        checkpoint, ValueError, r"holds .* were asked for.*load_weights\(network, path, part=", run, change(run.parts())
    )


def test_a_network_of_another_shape_is_refused(checkpoint):
    # the first layer of G is 9 wide, not 8; the other parts fit and must stay as they are too
    match = r"made by another network: 0\.weight of G has shape \(9, 4\), in the file \(8, 4\)"
    assert_refused(checkpoint, ValueError, match, Run(seed=99, width=9))


@pytest.mark.parametrize("kind", ["layers", "optimizer", "images", "swapped"])
def test_parts_of_another_kind_are_refused(kind, checkpoint):
    run = Run(seed=99)
    if kind == "layers":
        run.D = nn.Sequential(*run.D, nn.Identity(), nn.BatchNorm1d(1))
        parts = run.parts()
    elif kind == "optimizer":  # it goes last, after all else has been loaded
        parts = without("D_optimizer")(run.parts()) | {"D_optimizer": torch.optim.Adam([run.D[1].weight])}
    elif kind == "images":
        parts = run.parts() | {"batches": Batches(torch.zeros(19, 1, 4, 4, dtype=torch.uint8), size=6)}
    else:
        parts = run.parts() | {"batches": run.r1, "r1": run.batches}
    before = run.state()
    with pytest.raises(ValueError, match=str(checkpoint)):
        load_checkpoint(checkpoint, **parts)
    assert run.state() == before


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Return a function that lists a file under a data folder of its own in SHA256SUMS, as it is now."""
    monkeypatch.setattr(data_files, "DATA", tmp_path)
    data_files._sums.cache_clear()

    def enlist(name):
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        (tmp_path / "SHA256SUMS").write_text(f"{digest}  {name}\n")
        data_files._sums.cache_clear()
        return digest

    yield enlist
    data_files._sums.cache_clear()


def network():
    return nn.Sequential(nn.Conv2d(2, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2 * 4, 3))


@pytest.fixture
def weights(tmp_path, listed):
    """Return a trained network whose weights are data/checkpoints/mine.safetensors."""
    saved = network().to(memory_format=torch.channels_last)
    saved(torch.randn(8, 2, 4, 4))  # the batch norm's buffers move
    save_weights(saved, tmp_path / "checkpoints/mine.safetensors")
    return saved


NAME = "checkpoints/mine.safetensors"


def test_weights_come_back_with_buffers_in_eval_mode(weights, listed):
    listed(NAME)
    ours = network()
    assert load_weights(ours, "mine") is ours
    assert not ours.training and not ours[1].training
    assert plain(dict(ours.state_dict())) == plain(dict(weights.state_dict()))


@pytest.mark.parametrize("damage", ["empty", "cut in the middle", "a flipped bit in a tensor"])
def test_altered_weights_name_both_hashes_and_change_nothing(damage, weights, listed, tmp_path):
    expected = listed(NAME)
    path = tmp_path / NAME
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    ours = network()
    before = plain(dict(ours.state_dict()))
    with pytest.raises(ValueError, match=f"expected SHA-256 {expected}, found {actual}") as caught:
        load_weights(ours, "mine")
    assert str(path) in str(caught.value) and f"git checkout -- data/{NAME}" in str(caught.value)
    assert plain(dict(ours.state_dict())) == before and ours.training


def test_missing_weights_are_named(weights, listed, tmp_path):
    expected = listed(NAME)
    (tmp_path / NAME).unlink()
    with pytest.raises(FileNotFoundError, match=f"{NAME} is missing .*{expected}.*git checkout"):
        load_weights(network(), "mine")


def test_weights_that_the_course_does_not_have_are_named(weights, listed):
    listed(NAME)
    with pytest.raises(FileNotFoundError, match=r"yours\.safetensors is not one of the course's files.*own.*\./yours"):
        load_weights(network(), "yours")


def test_weights_of_another_network_are_refused(weights, listed):
    listed(NAME)
    other = nn.Linear(2, 2)
    before = plain(dict(other.state_dict()))
    with pytest.raises(
        ValueError, match=r"made by another network: weight of Linear has shape \(2, 2\), in the file None"
    ):
        load_weights(other, "mine")
    assert plain(dict(other.state_dict())) == before


def test_weights_never_run_code(listed, tmp_path):
    (tmp_path / "checkpoints").mkdir()
    torch.save(Bomb(tmp_path / "exploded"), tmp_path / NAME)
    listed(NAME)
    with pytest.raises(ValueError, match="is not a file of save_weights"):
        load_weights(network(), "mine")
    assert not (tmp_path / "exploded").exists()


def test_tensors_keep_their_layout_in_memory(tmp_path):
    """A fused optimiser pairs its state with the weights by their place in memory, so the layout has to survive."""
    network = nn.Conv2d(4, 8, 3).to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(network.parameters(), lr=0.01, fused=True)

    def step():
        adam.zero_grad()
        network(torch.ones(2, 4, 5, 5)).square().mean().backward()
        adam.step()
        return network.weight.detach().clone()

    step()
    save_checkpoint(tmp_path / "run", step=1, seed=0, network=network, adam=adam)
    unbroken = step()
    load_checkpoint(tmp_path / "run", network=network, adam=adam)
    moment = adam.state[network.weight]["exp_avg"]
    assert moment.stride() == network.weight.stride() != moment.contiguous().stride()
    assert torch.equal(step(), unbroken)


# weights of one's own


class Tied(nn.Module):
    """An embedding whose weights are those of the last layer too, where `tied`."""

    def __init__(self, tied=True):
        super().__init__()
        self.embedding, self.out = nn.Embedding(3, 2), nn.Linear(2, 3)
        if tied:
            self.out.weight = self.embedding.weight


KINDS = {
    "plain": network,
    "channels last": lambda: network().to(memory_format=torch.channels_last),
    "bfloat16": lambda: network().bfloat16(),
    "tied": Tied,
}


def shuffled(network):
    """Return `network` with other weights and buffers."""
    with torch.no_grad():
        for tensor in [*network.parameters(), *network.buffers()]:
            tensor.copy_(torch.randn(tensor.shape) * 3)
    return network


def same(ours, theirs):
    return plain(dict(ours.state_dict())) == plain(dict(theirs.state_dict()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("as_path", [str, Path])
def test_own_weights_come_back_by_their_path(kind, as_path, tmp_path):
    saved, ours = shuffled(KINDS[kind]()), KINDS[kind]()
    path = as_path(tmp_path / "mine.safetensors")
    save_weights(saved, path)
    assert load_weights(ours, path) is ours and not ours.training
    assert same(ours, saved)
    assert [v.stride() for v in ours.state_dict().values()] == [v.stride() for v in saved.state_dict().values()]


def test_a_buffer_that_is_a_part_of_another_is_saved(tmp_path):
    class Parts(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(4, 6))
            self.register_buffer("columns", self.weight.detach()[:, ::2])
            self.register_buffer("wide", torch.randn(2, 1).expand(2, 3))

    saved, ours = Parts(), Parts()
    save_weights(saved, tmp_path / "mine.safetensors")
    save_checkpoint(tmp_path / "run", step=0, seed=0, network=saved)
    ours.wide = torch.zeros(2, 3)
    assert same(load_weights(ours, tmp_path / "mine.safetensors"), saved)
    ours.weight.data.zero_()
    load_checkpoint(tmp_path / "run", network=ours)
    assert same(ours, saved)


def test_tied_weights_stay_tied_in_weights_and_in_checkpoints(tmp_path):
    saved, weights, whole = shuffled(Tied()), Tied(), Tied()
    save_weights(saved, tmp_path / "mine.safetensors")
    load_weights(weights, tmp_path / "mine.safetensors")
    save_checkpoint(tmp_path / "run", step=0, seed=0, network=saved)
    load_checkpoint(tmp_path / "run", network=whole)
    for ours in (weights, whole):
        assert ours.out.weight is ours.embedding.weight and same(ours, saved)


def test_two_weights_do_not_silently_become_one(tmp_path):
    saved, ours = shuffled(Tied(tied=False)), Tied()
    save_weights(saved, tmp_path / "mine.safetensors")
    save_checkpoint(tmp_path / "run", step=0, seed=0, network=saved)
    before = plain(dict(ours.state_dict()))
    for load in (
        lambda: load_weights(ours, tmp_path / "mine.safetensors"),
        lambda: load_checkpoint(tmp_path / "run", network=ours),
    ):
        with pytest.raises(ValueError, match=r"embedding\.weight and out\.weight are one in \w+, in the file two"):
            load()
    assert plain(dict(ours.state_dict())) == before


def test_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    saved = network()
    for as_path in (str, Path):
        save_weights(saved, as_path("~/weights.safetensors"))
        assert same(load_weights(network(), as_path("~/weights.safetensors")), saved)
        save_checkpoint(as_path("~/run"), step=4, seed=0, network=saved)
        assert load_checkpoint(as_path("~/run"), network=network())["step"] == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "weights.safetensors"]


def test_a_name_alone_is_never_a_file_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"'generator' alone would be the name .* add \.safetensors or a folder"):
        save_weights(network(), "generator")
    saved = network()
    for name in ("./generator", "generator.safetensors", Path("generator")):
        save_weights(saved, name)
        assert same(load_weights(network(), name), saved)


def test_the_order_of_the_arguments_is_named(tmp_path):
    with pytest.raises(TypeError, match=r"the network comes first, save_weights\(network, path\), but it is a str"):
        save_weights("mine.safetensors", network())
    with pytest.raises(TypeError, match=r"the network comes first, load_weights\(network, path\), but it is a str"):
        load_weights("mine.safetensors", network())


def test_own_weights_that_are_missing_or_cut_short_are_named(tmp_path):
    path = tmp_path / "mine.safetensors"
    with pytest.raises(FileNotFoundError, match=r"no weights at .*mine\.safetensors; save them with save_weights"):
        load_weights(network(), path)
    save_weights(network(), path)
    for damage in ("empty", "cut in the middle", "text", "a pickle"):
        whole = path.read_bytes()
        path.write_bytes(DAMAGE[damage](whole))
        with pytest.raises(ValueError, match=r"mine\.safetensors is cut short or is not a file of save_weights"):
            load_weights(network(), path)
        path.write_bytes(whole)


# one network out of a whole checkpoint


def test_one_network_of_a_checkpoint_is_loaded_alone_and_nothing_else_is_touched(checkpoint):
    saved = Run(seed=99)
    load_checkpoint(checkpoint, **saved.parts())
    G, random_state = Run(seed=98).G, torch.get_rng_state()
    assert load_weights(G, checkpoint, part="G") is G
    assert same(G, saved.G) and not G.training and torch.equal(torch.get_rng_state(), random_state)


def test_the_average_of_a_checkpoint_goes_into_a_plain_network(checkpoint):
    saved = Run(seed=99)
    load_checkpoint(checkpoint, **saved.parts())
    assert same(load_weights(Run(seed=98).G, checkpoint, part="ema"), saved.ema.module)
    assert same(load_weights(Run(seed=98).ema, checkpoint, part="ema"), saved.ema)


def test_a_part_is_asked_for_by_a_name_that_is_there(checkpoint, tmp_path):
    for part in (None, "g"):
        with pytest.raises(ValueError, match=rf"is a checkpoint of \['D', .*'r1'\]; .* part=, not {part!r}"):
            load_weights(Run().G, checkpoint, part)
    with pytest.raises(ValueError, match="made by another network"):
        load_weights(Run().D, checkpoint, "G_optimizer")
    save_weights(Run().G, tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="holds the weights of one network, so it has no part 'G'"):
        load_weights(Run().G, tmp_path / "weights.safetensors", "G")
    with pytest.raises(FileNotFoundError, match="not one of the course's files"):
        load_weights(Run().G, "run", "G")


def test_a_damaged_checkpoint_gives_no_part(checkpoint, tmp_path):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(flipped(checkpoint.read_bytes(), -5))
    with pytest.raises(ValueError, match="is damaged or is not a checkpoint"):
        load_weights(Run().G, path, "G")


@pytest.mark.parametrize(
    "other",
    [
        lambda run: {"G_optimizer": torch.optim.SGD(run.G.parameters(), 0.1)},
        lambda run: {"G_optimizer": torch.optim.AdamW(run.G.parameters())},
        lambda run: {"G_optimizer": run.D_optimizer, "D_optimizer": run.G_optimizer},
        lambda run: {"G_schedule": torch.optim.lr_scheduler.StepLR(run.G_optimizer, 5)},
    ],
    ids=["SGD", "AdamW", "the other network's", "another schedule"],
)
def test_an_optimiser_or_a_schedule_of_another_kind_is_refused(other, checkpoint):
    run = Run(seed=99)
    match = r"_(optimizer|schedule) as a state of .*which does not fit .*; make \w+ as it was"
    assert_refused(checkpoint, ValueError, match, run, run.parts() | other(run))


def test_a_checkpoint_of_before_the_kinds_were_kept_goes_on(checkpoint, tmp_path):
    with safe_open(checkpoint, framework="pt") as file:
        header = json.loads(file.metadata()["gan_lessons"])
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    del header["kinds"]
    header = json.dumps(header)
    save_file(tensors, tmp_path / "old", {"gan_lessons": header, "sha256": files.digest(header, tensors)})
    assert load_checkpoint(tmp_path / "old", **Run(seed=99).parts()) == {"step": SAVED_AT, "seed": SEED}


# where nothing can be written


def test_without_a_home_in_a_clone_that_can_not_be_written_the_package_works(tmp_path):
    """Every write below the clone, or below a home that can not be made, is refused as the system would."""
    program = """
import os, sys
clone = sys.argv[1]
def refuse(event, arguments):
    if event in ("open", "os.mkdir") and str(arguments[0]).startswith(clone):
        if event == "os.mkdir" or arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise PermissionError(13, "Permission denied", arguments[0])
sys.addaudithook(refuse)
import gan_lessons, gan_lessons.environment, gan_lessons.exercises, gan_lessons.metrics, gan_lessons.widgets
from gan_lessons.checkpoints import files, load_weights, save_weights
from gan_lessons.networks import ConvGenerator
G = load_weights(ConvGenerator(), "generator")
save_weights(G, sys.argv[2])
load_weights(ConvGenerator(), sys.argv[2])
try:
    save_weights(G, clone + "/mine.safetensors")
except PermissionError as error:
    print("refused", error.filename)
"""
    clone = Path(data.__file__).parents[1 if data.__file__.endswith("data.py") else 2]
    process = subprocess.run(
        [sys.executable, "-c", program, str(clone), str(tmp_path / "mine.safetensors")],
        env={"PYTHONPATH": str(clone), "PATH": os.environ["PATH"], "HOME": "/dev/null/none"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith(f"refused {clone}")
