"""Exercises that check themselves: ``check("06.1", answer)`` says whether an answer is right, or what is wrong."""

from importlib import import_module

from .answers import NotAttempted
from .guard import Wrong, kept_state, time_limit
from .reasons import show_reason

SECONDS = 5.0  # that a check, with all its calls of the learner's function, may take


def check(name, answer):
    """Print whether `answer` to the exercise `name`, such as "06.1", is right and why, and a hint where it is not.

    Whatever an answer raises is printed, not raised; only the learner's own interrupt passes. What it does to random
    states, torch's settings and the networks of the notebook is put back. ValueError for a name that no lesson has.
    """
    found = verdict(name, answer)
    print(f"{name}: {found}")
    if found == "right":
        show_reason(name)


def verdict(name, answer):
    """Return what `check` prints: "right", "not attempted yet" (the stub still holds its dots), or a hint."""
    lesson, _, number = str(name).partition(".")
    try:
        test = getattr(import_module(f".lesson_{lesson}", __name__), f"check_{number}")
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(f"there is no exercise {name!r}; its number stands in its title") from None
    if answer is ...:
        return "not attempted yet"
    try:
        with kept_state(answer), time_limit(SECONDS):
            return test(answer) or "right"
    except (NotAttempted, NotImplementedError):
        return "not attempted yet"
    except Wrong as wrong:
        return str(wrong)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and the like too: a check is not to end the notebook
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        return f"your answer raised {type(error).__name__}: {error}{notes}"
