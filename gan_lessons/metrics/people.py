"""What people's answers say: the confidence interval of a share of right answers."""

from statistics import NormalDist

from ..checks import whole


def share_interval(right, count):
    """Return the Wilson score interval (low, high) of the share of which `right` of `count` answers are an estimate.

    In about 95 of 100 such experiments the true share lies in it. It stays within [0, 1], and has a width where all
    answers are right too. Wilson 1927. Raises ValueError where `right` is not from 0 to `count`.
    """
    count = whole(count, "count")
    right = whole(right, "right", 0, count, "answers")
    z, share = NormalDist().inv_cdf(0.975), right / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    return max(0.0, middle - reach), min(1.0, middle + reach)
