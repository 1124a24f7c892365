"""The jobs that a click begins: play, slow motion, a step, a part of one, or half-steps.

XX
"""

import time
from itertools import islice

from .parts import PARTS

PERIOD = 1 / 14  # seconds between two pictures, at least
SHARE = 8  # a picture that takes t is followed by a pause of this many t, so that most of the time is left to training
SLOWEST = 0.25  # seconds between two pictures, at most
AHEAD = 10  # pictures that may be on their way to the page
UNSEEN = 10  # seconds without an answer from the page after which the run is paused


def job(mode, game, page):
    """Return the job of a click on `mode`, which plays the `game` and shows it to the `page`.

    It is a generator: it does a bit, and yields for how many seconds it wants to pause.
    """
    jobs = {"play": _play, "slow": _slow, "part": _part, "step": _step}
    if mode in jobs:
        return jobs[mode](game, page)
    count = game.settings["half_steps"]  # as it is now
    return _half(game, page, {"half_d": "D", "half_g": "G"}[mode], count)


def _play(game, page):
    page.seen_at = start = time.perf_counter()
    first, told = game.step, start
    page.say(part=None)
    due = 0.0
    for _ in game.steps():
        now = time.perf_counter()
        if now >= due:
            if now - page.seen_at > UNSEEN:
                page.show()
                message = f"Paused: the page has not answered for {UNSEEN} seconds."
                page.say(mode="paused", speed=None, message=message)
                return
            if page.number - page.seen <= AHEAD or now - page.drawn > 1:
                page.show()
                if now - told > 0.5:
                    speed = (game.step - first) / (now - start)
                    page.say(speed=speed)
                    told = now
            took = time.perf_counter() - now
            due = now + max(PERIOD, min(SHARE * took, SLOWEST))
        yield 0


def _slow(game, page):
    while True:
        page.show(game.part())
        yield game.settings["pace"]


def _part(game, page):
    page.show(game.part())
    yield 0


def _step(game, page):
    for _ in islice(game.steps(), 1):
        page.say(part=None)
        page.show()
    yield 0


def _half(game, page, who, count):
    if count == 1:
        game.begin_half(who)
        for i in range(len(PARTS)):
            page.show(game.part())
            if i < len(PARTS) - 1:
                yield game.settings["pace"]
        return
    page.say(part=None)
    for _ in range(count):
        game.half_step(who)
        if time.perf_counter() - page.drawn > PERIOD:
            page.show()
        yield 0
    page.show()


def shares(count, most):
    """Return `count` as at most `most` whole numbers of about the same size, for a picture after each."""
    pieces = min(count, most)
    return [count * (i + 1) // pieces - count * i // pieces for i in range(pieces)]
