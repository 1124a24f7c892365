"""Plausible wrong answers are turned down, each with its own hint; nothing is raised, nothing left changed."""

import pytest
import torch

from gan_lessons.exercises import check


def shares(classes, K=10):
    return torch.bincount(classes, minlength=K) / len(classes)


def g_step(sign=-1, clear=True, step=True, mean=True, as_float=True):
    """Return an answer to 06.2 with one thing wrong."""

    def answer(G, D, g_opt, z):
        logits = D(G(z))
        loss = sign * (logits.mean() if mean else logits.sum())
        if clear:
            g_opt.zero_grad()
        loss.backward()
        if step:
            g_opt.step()
        return loss.item() if as_float else loss

    return answer


def d_stepping(G, D, g_opt, z):
    result = g_step()(G, D, g_opt, z)
    with torch.no_grad():
        D.weight.add_(1)
    return result


WRONG = [
    ("00.1", 6, "six directions only"),
    ("00.1", 784, "count its inputs"),
    ("00.1", 5, "how many numbers"),
    ("00.1", "64", "whole number"),
    ("06.1", lambda c, K=10: (shares(c, K) - 1 / K).abs().sum().item(), "½"),
    ("06.1", lambda c, K=10: 0.5 * shares(c, K).sum().item(), "subtract 1/K"),
    ("06.1", lambda c, K=10: 0.5 * (torch.bincount(c) / len(c) - 1 / K).abs().sum().item(), "minlength=K"),
    ("06.1", lambda c, K=10: 0.5 * (shares(c, 10) - 0.1).abs().sum().item(), "use K, not 10"),
    ("06.1", lambda c, K=10: 1 / 0, "ZeroDivisionError"),
    ("06.2", g_step(sign=1), "sign"),
    ("06.2", g_step(clear=False), "left over"),
    ("06.2", g_step(step=False), "must step"),
    ("06.2", g_step(mean=False), "mean"),
    ("06.2", g_step(as_float=False), ".item()"),
    ("06.2", d_stepping, "D's weights have changed"),
    ("06.2", lambda G, D, g_opt, z: g_step()(G, D, g_opt, torch.randn(2, 1)), "draw none yourself"),
]


@pytest.mark.parametrize(("name", "answer", "hint"), WRONG)
def test_a_wrong_answer_gets_its_hint(name, answer, hint, capsys):
    check(name, answer)
    text = capsys.readouterr().out
    assert hint in text and text != f"{name}: right\n"


@pytest.mark.parametrize("name", ["00.1", "06.1", "06.2"])
def test_a_stub_is_not_attempted_yet(name, capsys):
    for stub in (...,) if name == "00.1" else (..., lambda *arguments: ...):
        check(name, stub)
        assert capsys.readouterr().out == f"{name}: not attempted yet\n"
