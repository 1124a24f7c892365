"""What people's answers say: the confidence interval of a share of right answers."""

from statistics import NormalDist

from ..checks import whole


def share_interval(right, count, level=0.95):
    """Return the Wilson score interval (low, high) of the share of which `right` of `count` answers are an estimate.

    In `level` of all such experiments, about, the true share lies in it. It stays within [0, 1], and has a width where
    all answers are right too. Wilson 1927. Raises ValueError where `right` is not from 0 to `count`, and for a `level`
    that is not between 0 and 1.
    """
    count = whole(count, "count")
    right = whole(right, "right", 0, count, "answers")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, such as 0.95, not {level!r}")
    z, share = NormalDist().inv_cdf((1 + level) / 2), right / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    return max(0.0, middle - reach), min(1.0, middle + reach)
