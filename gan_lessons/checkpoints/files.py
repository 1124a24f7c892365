"""How a checkpoint lies in its file: tensors as safetensors, all else as JSON in the header, whole or not at all."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

TENSOR = "__tensor__"
PAIRS = "__pairs__"


def read(path):
    """Return the header and the tensors of a checkpoint; FileNotFoundError or ValueError where that can not be."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint at {path}; save one with save_checkpoint first")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}
        if metadata["sha256"] != digest(metadata["gan_lessons"], tensors):
            raise ValueError("its content does not have the SHA-256 that was saved with it")
        return json.loads(metadata["gan_lessons"]), tensors
    except (SafetensorError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path} is damaged or is not a checkpoint of this course ({error}); restore it from a copy, or train again"
        ) from None


def write_whole(path, content):
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


def digest(header, tensors):
    """Return the SHA-256 of all that a checkpoint holds, by which damage is found."""
    digest = hashlib.sha256(header.encode())
    for key, tensor in sorted(tensors.items()):
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def pack(value, key, tensors):
    """Turn a state into JSON's types, with its tensors moved to `tensors` and named in their place."""
    if isinstance(value, torch.Tensor):
        tensors[key] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {TENSOR: key, "stride": value.stride()}
    if isinstance(value, dict):  # as pairs, since JSON has no integer keys
        return {PAIRS: [[k, pack(v, f"{key}/{k}", tensors)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [pack(v, f"{key}/{i}", tensors) for i, v in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{key} holds a {type(value).__name__}, which a checkpoint can not keep")


def unpack(value, tensors):
    if isinstance(value, dict):
        if TENSOR in value:
            tensor = tensors[value[TENSOR]]
            # the layout in memory too, such as channels_last: a fused optimiser reads its state in the weights' layout
            if 0 in value["stride"] and tensor.numel() > 1:  # an expanded tensor, all of whose places are one
                return tensor
            return torch.empty_strided(tensor.shape, value["stride"], dtype=tensor.dtype).copy_(tensor)
        return {k: unpack(v, tensors) for k, v in value[PAIRS]}
    if isinstance(value, list):
        return [unpack(v, tensors) for v in value]
    return value
