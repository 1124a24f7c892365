"""Checkpoints of a whole run, and weights of a finished network: safetensors and JSON, never pickle."""

import copy
import hashlib
import json
import os
import tempfile
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save

from .data import verified

TENSOR = "__tensor__"
PAIRS = "__pairs__"


def save_checkpoint(path, *, step, seed, **parts):
    """Write a run to the file `path`, whole or not at all.

    `step`: whole steps done so far. `seed`: the run's seed. `parts`: everything that has a ``state_dict``, by
    name: networks, optimisers, schedules, the EMA, the batches, a lazy penalty. Torch's random state is saved
    too. Tensors go into a safetensors file, all else as JSON into its header.
    """
    tensors = {"random/cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        tensors["random/cuda"] = torch.cuda.get_rng_state()
    content = {name: _pack(part.state_dict(), name, tensors) for name, part in parts.items()}
    header = json.dumps({"step": step, "seed": seed, "parts": content})
    _write_whole(Path(path), save(tensors, {"gan_lessons": header, "sha256": _digest(header, tensors)}))


def load_checkpoint(path, **parts):
    """Continue a run from the file `path`: load every part and torch's random state; no code is run.

    `parts` must have the names given to `save_checkpoint`. Returns ``{"step": …, "seed": …}``. Raises
    FileNotFoundError, or ValueError where the file is damaged or not a checkpoint or the parts differ; nothing
    has been changed then.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint at {path}; save one with save_checkpoint first")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}
        if metadata["sha256"] != _digest(metadata["gan_lessons"], tensors):
            raise ValueError("its content does not have the SHA-256 that was saved with it")
        header = json.loads(metadata["gan_lessons"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path} is damaged or is not a checkpoint of this course ({error}); restore it from a copy, or train again"
        ) from None
    if header["parts"].keys() != parts.keys():
        raise ValueError(f"{path} holds {sorted(header['parts'])}, but {sorted(parts)} were asked for")
    states = {name: _unpack(packed, tensors) for name, packed in header["parts"].items()}
    for name, part in parts.items():
        if isinstance(part, torch.nn.Module):
            _same_shapes(path, name, part.state_dict(), states[name])
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


def save_weights(path, network):
    """Write the weights and buffers of `network` alone to the safetensors file `path`, whole or not at all."""
    _write_whole(Path(path), save({k: v.contiguous() for k, v in network.state_dict().items()}))


def load_weights(network, name):
    """Load the weights ``data/checkpoints/{name}.safetensors`` into `network`, and return it in eval mode.

    Raises FileNotFoundError or ValueError, with the expected and the actual SHA-256, where the file is
    missing, cut short or altered; ValueError where the weights are another network's.
    """
    path = verified(f"checkpoints/{name}.safetensors")
    weights = load_file(path)
    _same_shapes(path, type(network).__name__, network.state_dict(), weights)
    network.load_state_dict(weights)
    return network.eval()


def _same_shapes(path, name, ours, theirs):
    ours = {key: tuple(getattr(value, "shape", ())) for key, value in ours.items()}
    theirs = {key: tuple(getattr(value, "shape", ())) for key, value in theirs.items()}
    if ours != theirs:
        key = next(k for k in [*ours, *theirs] if ours.get(k) != theirs.get(k))
        raise ValueError(
            f"{path} was made by another network: {key} of {name} has shape {ours.get(key)}, "
            f"in the file {theirs.get(key)}"
        )


def _write_whole(path, content):
    """Write bytes beside `path` and rename them into place, which is one step for every reader."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _digest(header, tensors):
    """Return the SHA-256 of all that a checkpoint holds, by which damage is found."""
    digest = hashlib.sha256(header.encode())
    for key, tensor in sorted(tensors.items()):
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _pack(value, key, tensors):
    """Turn a state into JSON's types, with its tensors moved to `tensors` and named in their place."""
    if isinstance(value, torch.Tensor):
        tensors[key] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {TENSOR: key, "stride": value.stride()}
    if isinstance(value, dict):  # as pairs, since JSON has no integer keys
        return {PAIRS: [[k, _pack(v, f"{key}/{k}", tensors)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [_pack(v, f"{key}/{i}", tensors) for i, v in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{key} holds a {type(value).__name__}, which a checkpoint can not keep")


def _unpack(value, tensors):
    if isinstance(value, dict):
        if TENSOR in value:
            tensor = tensors[value[TENSOR]]
            # the layout in memory too, such as channels_last: a fused optimiser reads its state in the weights' layout
            return torch.empty_strided(tensor.shape, value["stride"], dtype=tensor.dtype).copy_(tensor)
        return {k: _unpack(v, tensors) for k, v in value[PAIRS]}
    if isinstance(value, list):
        return [_unpack(v, tensors) for v in value]
    return value
