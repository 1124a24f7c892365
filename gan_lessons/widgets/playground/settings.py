"""The settings that a caller gives, their checks, and what a change of one does."""

import torch

from ...data import Mixture
from ...losses import as_pair
from .controls import CONTROLS, LOSSES, YOURS


def start_settings(networks, chosen, settings):
    """Return the value of every setting, and the learner's own objects by name; ValueError where they do not fit."""
    values = {name: control.start for name, control in CONTROLS.items()}
    yours = {name: network for name, network in networks.items() if network is not None}
    for name, network in yours.items():
        if not isinstance(network, torch.nn.Module):
            raise TypeError(f"{name} must be a network (torch.nn.Module), not {network!r}")
        if any(parameter.device.type != "cpu" for parameter in network.parameters()):
            raise ValueError(f"{name} must be on the CPU, where so small a game is faster")
        if other := {parameter.dtype for parameter in network.parameters()} - {torch.float32}:
            raise ValueError(f"the weights of {name} must be torch.float32, not {other.pop()}; give {name}.float()")
    names = {id(pair): name for name, pair in LOSSES.items()}
    chosen["loss"] = names.get(id(chosen["loss"]), chosen["loss"])
    for name, value in chosen.items():
        if value is None:
            continue
        if not isinstance(value, str):
            values[name], yours[name] = YOURS, _own(name, value, yours)
        else:
            values[name] = CONTROLS[name].accepts(value)
    for name in ("d_opt", "g_opt"):
        if name in yours:
            values[f"{name[0]}_rate"] = yours[name].param_groups[0]["lr"]
    for name, value in settings.items():
        if name not in CONTROLS:
            raise TypeError(f"no setting {name!r}; there are {', '.join(CONTROLS)}")
        values[name] = CONTROLS[name].accepts(value)
    return values, yours


def _own(name, value, yours):
    """Return the learner's own object for a setting, as the game needs it."""
    if name == "data" and not isinstance(value, Mixture):
        try:
            return Mixture(value, std=0.05)
        except ValueError:
            wanted = f"a Mixture, or one of {', '.join(map(repr, CONTROLS['data'].options))}"
            raise ValueError(
                f"data must be the centres of heaps (K, 2), all finite, or {wanted}, not {value!r:.60}"
            ) from None
    if name == "loss":
        return as_pair(value)
    if name in ("d_opt", "g_opt"):
        own, other = ("D", "G") if name == "d_opt" else ("G", "D")
        if own not in yours:
            raise ValueError(f"{name} is an optimiser, so give its network too, {own}=…")
        held = {id(p) for group in value.param_groups for p in group["params"]}
        weights = {id(p) for p in yours[own].parameters()}
        others = {id(p) for p in yours[other].parameters()} - weights if other in yours else set()
        if not held & weights or held & others:
            wrong = f"holds weights of {other}" if held & others else f"holds no weight of {own}"
            raise ValueError(f"{name} {wrong}; make it for this {own} alone, as Adam({own}.parameters())")
    return value


def accepted(name, value, yours):
    """Return a new value of a setting as it should be; ValueError where it can not be, TypeError for no setting."""
    control = CONTROLS.get(name)
    if control is None:
        raise TypeError(f"no setting {name!r}; there are {', '.join(CONTROLS)}")
    if reason := unavailable(name, yours):
        raise ValueError(f"{name} can not be changed: {reason}")
    return value if value == YOURS and name in yours else control.accepts(value)


def unavailable(name, yours):
    """Return why a setting can not be changed beside the learner's own objects, or None where it can."""
    if (name in ("width", "depth") and {"G", "D"} <= yours.keys()) or (name == "z_dim" and "G" in yours):
        return "it belongs to your own networks"
    return None


def heaps(centres):
    """Return the centres of heaps by hand as a tensor, (K, 2); ValueError where they can not be."""
    points = torch.tensor(centres, dtype=torch.float32)
    if not (points.dim() == 2 and 1 <= len(points) <= 300 and points.isfinite().all()):
        raise ValueError(f"heaps must be from 1 to 300 points, not {tuple(points.shape)}")
    return points


def effect(control, game):
    """Return what a change of this control does, in words."""
    value = game.settings[control.name]
    shown = f"{value:.3g}" if control.kind == "log" else value
    said = f"{control.label[0].upper()}{control.label[1:]}: {shown}"
    if control.restarts:
        return f"{said}. The run began anew."
    if control.name in ("d_opt", "g_opt"):
        return f"{said}. The networks go on from where they are; the new optimiser remembers nothing yet."
    if control.name in ("strength", "every") and game.settings["penalty"] == "none":
        return f"{said}. It has no effect while the penalty is none."
    if control.name == "data":
        return f"{said}. The networks go on from where they are."
    if control.name in ("half_steps", "pace"):
        return f"{said}."
    return f"{said}, from the next step on."
