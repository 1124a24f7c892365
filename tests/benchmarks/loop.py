"""What the package's loop costs: the iterator, the loss board, and a busy neighbour.

iterator_ratio: time of steps through adversarial_steps over that of the same updates by hand; goal 1.03.
board_share: share of a convolutional GAN's training time that the loss board takes; goal 0.05.
busy_slowdown: speed of the 2-D toy on an idle machine over that beside busy processes; goal 3.
"""

import json
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from statistics import median

from convolutional import Z_DIM, frozen, training
from toy import Toy

# isort: split
import torch

from gan_lessons.runtime import available_cores
from gan_lessons.widgets import LossBoard

SPIN = "import time\nend = time.time() + 10\nwhile time.time() < end: pass"  # ends by itself, come what may


def iterator_ratio(pairs=60, steps=50):
    """Time blocks of both kinds in turn, each on networks of its own that start alike.

    Processor time, which one thread spends whether the machine is busy or not.
    """
    toys = Toy().by_iterator(), Toy().by_hand()

    def block(toy, count):
        start = time.process_time()
        for _ in islice(toy, count):
            pass
        return time.process_time() - start

    for toy in toys:
        block(toy, 200)
    ratios = []
    for i in range(pairs):
        times = {toy: block(toy, steps) for toy in (toys if i % 2 else toys[::-1])}
        ratios.append(times[toys[0]] / times[toys[1]])
    return median(ratios)


def board_share(pairs=7, seconds=4):
    """Train with and without the board in turn, and compare the steps per second of each pair."""
    G, steps = training()
    shown, z = frozen(G), torch.randn(32, Z_DIM)
    board = LossBoard(steps=5000, sample=lambda: shown(z))

    def speed(record, seconds):
        done, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            record(next(steps))
            done += 1
        return done / (time.perf_counter() - start)

    speed(board.update, 3)
    shares = []
    for i in range(pairs):
        kinds = [board.update, lambda logs: None]
        speeds = [speed(record, seconds) for record in (kinds if i % 2 else kinds[::-1])]
        with_board, without = speeds if i % 2 else speeds[::-1]
        shares.append(1 - with_board / without)
    return median(shares)


def busy_slowdown(pairs=5):
    """Time the toy in a process of its own, in turn alone and beside one spinning process for every core."""
    script, pipe = Path(__file__).with_name("toy.py"), subprocess.PIPE
    toy = subprocess.Popen([sys.executable, script], stdin=pipe, stdout=pipe, text=True)

    def speed():
        toy.stdin.write("\n")
        toy.stdin.flush()
        return float(toy.stdout.readline())

    try:
        speed()
        slowdowns = []
        for _ in range(pairs):
            alone = speed()
            spinning = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(available_cores())]
            try:
                time.sleep(0.5)
                slowdowns.append(alone / speed())
            finally:
                for process in spinning:
                    process.kill()
                    process.wait()
    finally:
        toy.kill()
        toy.wait()
    return median(slowdowns)


if __name__ == "__main__":
    goals = {iterator_ratio: 1.03, board_share: 0.05, busy_slowdown: 3}
    result = {}
    for measure, goal in goals.items():
        name = measure.__name__
        result[name] = round(measure(), 4)
        print(f"{name:<16}{result[name]:>8.3f}   goal {goal} at most", flush=True)
    print(json.dumps(result))
