"""Start a program with several processes by torchrun, see what it prints meanwhile, and leave none of them behind."""

import os
import subprocess
import sys

import psutil

LOOPBACK = {"linux": "lo", "darwin": "lo0"}
KEPT = 12  # lines that an error quotes


def torchrun(program, *arguments, processes=2, restarts=0):
    """Yield the lines that a Python program prints which torchrun starts `processes` times on this machine.

    `arguments` of the program become texts. `restarts`: how often all are started again where one has ended badly.
    Each process computes with one thread, and they talk to each other over the loopback interface. However the loop
    over the lines ends (at the program's end, by an interrupt, by an error in its body), no process is left after it.
    Raises RuntimeError, with the last lines, where the program fails more often than that.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command += [f"--max-restarts={restarts}", str(program), *map(str, arguments)]
    environment = {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    # else a process that is started again may be told the address of one that has died: pytorch/pytorch#135712
    environment["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"
    if sys.platform in LOOPBACK:
        environment["GLOO_SOCKET_IFNAME"] = LOOPBACK[sys.platform]
    if sys.platform == "win32":
        environment["USE_LIBUV"] = "0"  # its PyTorch is built without libuv: pytorch/pytorch#139990
    agent = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # so that an interrupt in the terminal reaches this process alone, which ends them all
    )
    last = []
    try:
        for line in agent.stdout:
            last = [*last[1 - KEPT :], line.rstrip()]
            yield line.rstrip()
        if agent.wait():
            raise RuntimeError(f"{program} ended with status {agent.returncode}; its last lines:\n" + "\n".join(last))
    finally:
        _end(agent)


def _end(agent):
    """End torchrun and all that it started; each worker has a session of its own, so a signal to a group misses it."""
    try:
        family = [psutil.Process(agent.pid), *psutil.Process(agent.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass
    psutil.wait_procs(family, timeout=10)
    agent.stdout.close()
    agent.wait()
