"""Exercises that check themselves: ``check("06.1", answer)`` says whether an answer is right, or what is wrong."""

from importlib import import_module


def check(name, answer):
    """Print whether `answer` to the exercise `name`, such as "06.1", is right, and a hint where it is not.

    A stub that still holds its dots is "not attempted yet". Nothing is raised for a wrong answer; ValueError
    for a name that no lesson has.
    """
    lesson, _, number = name.partition(".")
    try:
        test = getattr(import_module(f".lesson_{lesson}", __name__), f"check_{number}")
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(f"there is no exercise {name!r}; its number stands in its title") from None
    print(f"{name}: {_verdict(test, answer)}")


def _verdict(test, answer):
    if answer is ...:
        return "not attempted yet"
    try:
        return test(answer) or "right"
    except NotAttempted:
        return "not attempted yet"
    except Exception as error:
        return f"your answer raised {type(error).__name__}: {error}"


class NotAttempted(Exception):
    """Raised where a learner's function still returns its dots."""


def call(function, *arguments):
    """Call a learner's function for a check; raises NotAttempted where it is still a stub."""
    result = function(*arguments)
    if result is ...:
        raise NotAttempted
    return result
