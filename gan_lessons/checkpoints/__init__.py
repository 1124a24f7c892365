"""Checkpoints of a whole run, and weights of a finished network: safetensors and JSON, never pickle."""

import copy
import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..data import verified
from .files import digest, pack, read, unpack, write_whole


def save_checkpoint(path, *, step, seed, **parts):
    """Write a run to the file `path`, whole or not at all.

    `step`: whole steps done so far. `seed`: the run's seed. `parts`: everything that has a ``state_dict``, by
    name: networks, optimisers, schedules, the EMA, the batches, a lazy penalty. Torch's random state is saved
    too. Tensors go into a safetensors file, all else as JSON into its header. ``~`` in the path is the home folder.
    """
    tensors = {"random/cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["random/cuda"] = torch.cuda.get_rng_state()
    content = {name: pack(part.state_dict(), name, tensors) for name, part in parts.items()}
    kinds = {name: _kind(part) for name, part in parts.items()}
    header = json.dumps({"step": step, "seed": seed, "parts": content, "kinds": kinds})
    write_whole(Path(path).expanduser(), save(tensors, {"gan_lessons": header, "sha256": digest(header, tensors)}))


def load_checkpoint(path, **parts):
    """Continue a run from the file `path`: load every part and torch's random state; no code is run.

    `parts` must have the names given to `save_checkpoint`. Returns ``{"step": …, "seed": …}``. Raises
    FileNotFoundError, or ValueError where the file is damaged or not a checkpoint or the parts differ; nothing
    has been changed then. For one network alone, to use and not to train on, see `load_weights`.
    """
    path = Path(path).expanduser()
    header, tensors = read(path)
    if header["parts"].keys() != parts.keys():
        raise ValueError(
            f"{path} holds {sorted(header['parts'])}, but {sorted(parts)} were asked for; a run goes on with all its "
            "parts, and for one network alone there is load_weights(network, path, part=…)"
        )
    states = {name: unpack(packed, tensors) for name, packed in header["parts"].items()}
    for name, part in parts.items():
        saved = header.get("kinds", {}).get(name)
        if saved is not None and _kind(part) is not None and saved != _kind(part):
            raise ValueError(
                f"{path} has {name} as a state of {saved}, which does not fit {_kind(part)}; make {name} as it was"
            )
        if isinstance(part, torch.nn.Module):
            _same_shapes(path, name, part.state_dict(), states[name])
            _same_ties(path, name, part.state_dict(), states[name])
    before = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
    try:
        for name, part in parts.items():
            part.load_state_dict(states[name])
    except Exception as error:
        for name, state in before.items():
            parts[name].load_state_dict(state)
        raise ValueError(
            f"{path} was saved from other kinds of parts ({type(error).__name__}: {error}); rebuild them as they were"
        ) from None
    torch.set_rng_state(tensors["random/cpu"])
    if torch.cuda.is_available() and "random/cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random/cuda"])
    return {"step": header["step"], "seed": header["seed"]}


def save_weights(network, path):
    """Write the weights and buffers of `network` alone to the safetensors file `path`, whole or not at all.

    `path`: with a suffix or a folder, such as ``"mine.safetensors"``; ValueError if not. ``~`` is the home folder.
    """
    _must_be_a_network(network, "save_weights")
    if not _is_path(path):
        raise ValueError(f"{path!r} alone would be the name of one of the course's files; add .safetensors or a folder")
    # copies, since safetensors keeps no two tensors in one memory, as tied weights are
    weights = {k: v.clone(memory_format=torch.contiguous_format) for k, v in network.state_dict().items()}
    write_whole(Path(path).expanduser(), save(weights))


def load_weights(network, source, part=None):
    """Load weights into `network`, and return it in eval mode, ready to be used.

    `source`: the path of a file that `save_weights` or `save_checkpoint` wrote, with a suffix or a folder; or the
    name of one of the course's networks, such as ``"generator"``, the file ``data/checkpoints/{name}.safetensors``.
    `part`: the name of the network in a checkpoint. An average (AveragedModel) is loaded into the plain network that
    it averages. Everything else in a checkpoint stays where it is: to train on, use `load_checkpoint`.

    Raises FileNotFoundError where the file is missing, ValueError where it is cut short, altered (the course's
    files and checkpoints are checked by their SHA-256) or another network's; nothing has been changed then.
    """
    _must_be_a_network(network, "load_weights")
    path = Path(source).expanduser() if _is_path(source) else _of_the_course(source)
    weights = _weights(path, part)
    ours = network.state_dict()
    if "n_averaged" in weights and "n_averaged" not in ours:
        weights = {key.removeprefix("module."): value for key, value in weights.items() if key != "n_averaged"}
    name = type(network).__name__
    _same_shapes(path, name, ours, weights)
    _same_ties(path, name, ours, weights)
    network.load_state_dict(weights)
    return network.eval()


def _is_path(source):
    return not isinstance(source, str) or bool(Path(source).suffix) or "/" in source or os.sep in source


def _of_the_course(name):
    try:
        return verified(f"checkpoints/{name}.safetensors")
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error}; a file of your own is named with its suffix or folder: ./{name}") from None


def _must_be_a_network(network, function):
    if not isinstance(network, torch.nn.Module):
        raise TypeError(f"the network comes first, {function}(network, path), but it is a {type(network).__name__}")


def _weights(path, part):
    """Return the weights in a file of weights, or those of a `part` of a checkpoint."""
    if not path.is_file():
        raise FileNotFoundError(f"there are no weights at {path}; save them with save_weights first")
    try:
        with safe_open(path, framework="pt") as file:
            whole_run = "gan_lessons" in (file.metadata() or {})
            weights = {} if whole_run else {key: file.get_tensor(key) for key in file.keys()}
    except SafetensorError as error:
        raise ValueError(f"{path} is cut short or is not a file of save_weights ({error}); save it again") from None
    if not whole_run and part is not None:
        raise ValueError(f"{path} holds the weights of one network, so it has no part {part!r}; leave part out")
    if not whole_run:
        return weights
    header, tensors = read(path)
    if part not in header["parts"]:
        names = sorted(header["parts"])
        raise ValueError(f"{path} is a checkpoint of {names}; give one network of them as part=, not {part!r}")
    return unpack(header["parts"][part], tensors)


def _kind(part):
    """Return what the state of an optimiser or a schedule belongs to, in JSON's types; None for all else."""
    if isinstance(part, Optimizer):
        return [type(part).__name__, [list(p.shape) for group in part.param_groups for p in group["params"]]]
    return type(part).__name__ if isinstance(part, LRScheduler) else None


def _same_shapes(path, name, ours, theirs):
    ours = {key: tuple(getattr(value, "shape", ())) for key, value in ours.items()}
    theirs = {key: tuple(getattr(value, "shape", ())) for key, value in theirs.items()}
    if ours != theirs:
        key = next(k for k in [*ours, *theirs] if ours.get(k) != theirs.get(k))
        raise ValueError(
            f"{path} was made by another network: {key} of {name} has shape {ours.get(key)}, "
            f"in the file {theirs.get(key)}"
        )


def _same_ties(path, name, ours, weights):
    """Raise ValueError where two weights are one in the network and differ in the file, so that one would be lost."""
    first = {}
    for key, value in ours.items():
        if not isinstance(value, torch.Tensor) or not value.numel():
            continue
        other = first.setdefault((value.data_ptr(), value.shape, value.stride()), key)
        if other != key and not torch.equal(weights[other], weights[key]):
            raise ValueError(
                f"{path} was made by another network: {other} and {key} are one in {name}, in the file two"
            )
