"""Widgets, plots, metrics, steps and checkpoints take what lives on a GPU or, without one, on a pretended device."""

import json
import subprocess
import sys
from pathlib import Path

ELSEWHERE = Path(__file__).with_name("elsewhere.py")
MIXED = """
import elsewhere, torch
kept = elsewhere.pretend()
x = torch.arange(6.0).view(2, 3)
there = x.to("elsewhere")
assert there.device.type == "elsewhere" and torch.equal((2 * there).cpu(), 2 * x)
for wrong in (lambda: there + x, lambda: there.numpy(), lambda: torch.cat([there, x]), lambda: torch.cdist(there, x)):
    try:
        wrong()
    except (RuntimeError, TypeError) as error:
        continue
    raise AssertionError("mixing devices went through")
"""


def run(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ELSEWHERE.parent, capture_output=True, text=True, timeout=300
    )


def test_the_pretended_device_refuses_to_be_mixed_with_the_cpu():
    ended = run("-c", MIXED)
    assert ended.returncode == 0, ended.stderr


def test_each_case_works_with_what_lives_elsewhere():
    ended = run(ELSEWHERE)
    assert ended.returncode == 0, ended.stderr
    wrong = json.loads(ended.stdout.splitlines()[-1])
    assert len(wrong) > 20 and {name: fault for name, fault in wrong.items() if fault} == {}
