"""What the steps check before they update: each mistake raises one error that says what was given and what to do."""

from numbers import Real

import numpy as np
import torch
from torch.autograd.graph import get_gradient_edge
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

CHANGE_IN_EVAL = (_BatchNorm, _DropoutNd)


def logits_of(D, x, condition):
    """Return D's logits of `x`, (N,); ValueError where they have another shape."""
    logits = D(x, *condition)
    if not isinstance(logits, torch.Tensor):
        raise TypeError(f"D must return one tensor of logits, not {kind(logits)}; give lambda x: D(x)[0], or the like")
    if logits.shape != (len(x),):
        raise ValueError(
            f"D must return one raw logit a sample, of shape ({len(x)},), not {tuple(logits.shape)}; "
            "end its forward with .squeeze(1) where the last layer has one output"
        )
    return logits


def one_number(value, what):
    """Return a loss or a penalty as a tensor of one number, on which a gradient depends unless it is 0."""
    if not isinstance(value, torch.Tensor | Real):
        raise TypeError(f"{what} must be a tensor of one number, not {kind(value)}")
    value = torch.as_tensor(value)
    if value.numel() != 1:
        raise ValueError(f"{what} must be one number, not of shape {tuple(value.shape)}; end it with .mean()")
    if not value.requires_grad and value.item() != 0:
        raise ValueError(
            f"{what} is {value.item():.4g}, but no gradient leads from it to a weight: something on the way was "
            "detached, computed under no_grad or without create_graph=True, or all weights are frozen"
        )
    return value


def check_arguments(network, name, z, condition, real):
    """Raise TypeError where z, the condition or the real batch is of a wrong kind, ValueError where eval mode is on."""
    if isinstance(z, np.ndarray):
        raise TypeError("z is a NumPy array; give a tensor: torch.as_tensor(z, dtype=torch.float32)")
    if not isinstance(condition, tuple | list):
        raise TypeError(f"condition must be a tuple of further arguments, not {kind(condition)}; give (labels,)")
    if isinstance(real, tuple | list):
        raise TypeError(
            f"real is {kind(real)}; of a batch (images, labels) give real=images, and condition=(labels,) to "
            "networks that take labels"
        )
    if real is not None and not isinstance(real, torch.Tensor):
        raise TypeError(f"real must be a tensor, not {kind(real)}; use torch.as_tensor(real, dtype=torch.float32)")
    if not getattr(network, "training", True) and any(isinstance(m, CHANGE_IN_EVAL) for m in network.modules()):
        raise ValueError(f"{name} learns, but its batch norm or dropout is in eval mode; call {name}.train() first")


def check_samples(fake, real=None):
    """Raise TypeError where G's output is no tensor, ValueError where its samples are unlike the real ones."""
    if not isinstance(fake, torch.Tensor):
        raise TypeError(f"G must return one tensor of samples, not {kind(fake)}; give lambda z: G(z)[0], or the like")
    if real is None:
        return
    if fake.shape[1:] != real.shape[1:]:
        raise ValueError(
            f"G makes samples of shape {tuple(fake.shape[1:])}, the real ones have {tuple(real.shape[1:])}"
        )
    if fake.dtype != real.dtype and not torch.is_autocast_enabled(fake.device.type):
        remedy = "gan_lessons.data.to_float(real)" if real.dtype == torch.uint8 else f"real.to({fake.dtype})"
        raise ValueError(f"real is {real.dtype}, but G makes {fake.dtype}; give {remedy}")
    if fake.device != real.device:
        raise ValueError(f"real is on {real.device}, but G's samples are on {fake.device}; give real.to(device)")


def check_optimizer(optimizer, fake, fake_logits):
    """Raise ValueError where G's `optimizer` holds weights with which D made the logits of G's output `fake`."""
    own = {id(p) for group in optimizer.param_groups for p in group["params"]}
    of_D = {id(p) for p in _weights(fake_logits, fake)} & own
    if of_D and (of_D := of_D - {id(p) for p in _weights(fake)}):  # what both share is G's too
        raise ValueError(
            f"the optimizer given for G holds {len(of_D)} weights of D, which it would train to please G; "
            "make one for each network, for G as Adam(G.parameters())"
        )


def check_gradients(own, name):
    """Raise ValueError where no weight of the list `own` has a gradient, which an optimizer passes over in silence."""
    if not own:
        raise ValueError(
            f"all weights in the optimizer given for {name} are frozen; {name}.requires_grad_(True) lets it learn"
        )
    if all(p.grad is None for p in own):
        raise ValueError(
            f"the loss of {name} depends on no weight in the optimizer given for {name}: the optimizer is of the other "
            f"network or of one made before, and Adam({name}.parameters()) makes one for this {name}; or {name} "
            "detaches its output"
        )


def _weights(output, start=None):
    """Return the weights by which `output` was made, after the tensor `start`, out of the graph that autograd keeps."""
    ahead = [get_gradient_edge(output).node] if output.requires_grad else []
    seen = {get_gradient_edge(start).node} if start is not None and start.requires_grad else set()
    found = []
    while ahead:
        node = ahead.pop()
        if node is not None and node not in seen:
            seen.add(node)
            ahead += [before for before, _ in node.next_functions]
            if hasattr(node, "variable"):
                found.append(node.variable)
    return found


def kind(value):
    """Return what `value` is, in words."""
    if value is None:
        return "None"
    length = f" of {len(value)}" if isinstance(value, tuple | list) else ""
    return f"a {type(value).__name__}{length}"
