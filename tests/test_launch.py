"""torchrun from Python: lines come one by one, failures are told, and whatever happens nothing is left behind."""

import sys
import textwrap

import psutil
import pytest

from gan_lessons.launch import torchrun

SLEEPS = """
    import os, time
    print(os.getpid(), flush=True)
    time.sleep(300)
"""


@pytest.fixture
def program(tmp_path):
    """Return a function that writes a program without torch, which starts sooner."""

    def write(text):
        path = tmp_path / "program.py"
        path.write_text(textwrap.dedent(text))
        return path

    return write


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_each_process_knows_its_place_and_gets_the_arguments(program):
    path = program("""
        import os, sys
        print("place", os.environ["RANK"], os.environ["WORLD_SIZE"], os.environ["OMP_NUM_THREADS"], *sys.argv[1:])
    """)
    lines = [line for line in torchrun(path, "--steps", 3, processes=2) if line.startswith("place")]
    assert sorted(lines) == ["place 0 2 1 --steps 3", "place 1 2 1 --steps 3"]


@pytest.mark.parametrize("how", ["break", "an interrupt"])
def test_a_loop_that_ends_early_leaves_no_process(program, how):
    before, pids = {*psutil.Process().children(recursive=True)}, []
    lines = torchrun(program(SLEEPS), processes=2)
    for line in lines:
        if line.isdecimal():
            pids.append(int(line))
        if len(pids) == 2:
            break
    family = {*psutil.Process().children(recursive=True)} - before
    assert {*pids} < {process.pid for process in family}  # and torchrun itself
    if how == "break":
        lines.close()  # what a for loop does with an iterator that nothing else holds
    else:
        with pytest.raises(KeyboardInterrupt):
            lines.throw(KeyboardInterrupt())
    assert all(gone(process.pid) for process in family)


def test_a_program_that_fails_is_told_with_its_last_lines(program):
    with pytest.raises(RuntimeError, match=r"program\.py ended with status 1") as told:
        list(torchrun(program("raise SystemExit('there is no such garment')"), processes=1))
    assert "exitcode" in str(told.value)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_process_is_started_again_with_all_others(program):
    path = program("""
        import os, signal, time
        attempt = os.environ["TORCHELASTIC_RESTART_COUNT"]
        if attempt == "0" and os.environ["RANK"] == "1":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0 if attempt == "1" else 300)
        print("done", attempt, os.environ["TORCHELASTIC_USE_AGENT_STORE"])
    """)
    lines = [line for line in torchrun(path, processes=2, restarts=1) if line.startswith("done")]
    assert lines == ["done 1 False"] * 2  # False: each attempt has a meeting place of its own
