"""What can be told of poems by counting: rhyme, tones, lines copied, variety, likelihood. No one trained these judges.

All take poems as numbers of characters (N, 20), as `gan_lessons.data.poems` gives them, and raise ValueError for other
shapes and numbers. Rhymes and tones are those of `gan_lessons.data.rhyme_book`.
"""

import torch

from ..checks import whole
from ..data.poems import LINES, WIDTH, check_characters, rhyme_book

STRENGTH = 200  # as how many seen characters a model counts the frequencies of all; the best of 2 to 1,000
ENDS = torch.arange(WIDTH - 1, LINES * WIDTH, WIDTH)  # the places of the line ends


def rhyming_ends(poems):
    """Tell which line ends rhyme with both those of line 2 and of line 4, which must rhyme; bool (N, 4).

    Two characters rhyme if they differ and share a group of the book. One with several readings rhymes by any of them,
    and one that the book lacks, with none. Lines 2 and 4 are both True or both False, and then the others are too.
    """
    ends = _poems(poems)[:, ENDS]
    member = rhyme_book().member[ends]  # (N, 4, groups)
    shared = (member[:, 1] & member[:, 3] & (ends[:, 1] != ends[:, 3])[:, None])[:, None]
    same = (ends[:, :, None] == ends[:, None, [1, 3]]) & ~torch.eye(LINES, dtype=torch.bool)[:, [1, 3]]
    return (member & shared).any(2) & ~same.any(2)


def rhyme(poems):
    """Return the share of poems whose lines 2 and 4 rhyme, as they have to; see `rhyming_ends`."""
    return rhyming_ends(poems)[:, 1].double().mean().item()


def tones(poems):
    """Return each character's tone, (N, 20): 1 level (平), -1 oblique (仄), 0 where the book has both or neither."""
    poems, book = _poems(poems), rhyme_book()
    return book.level[poems].long() - book.oblique[poems].long()


def tone_contrast(poems):
    """Return the share of lines whose 2nd and 4th characters differ in tone, as the rules of the form ask.

    Lines in which the tone of either is not certain do not count; NaN if none does.
    """
    second, fourth = (tones(poems)[:, place::WIDTH] for place in (1, 3))
    certain = (second != 0) & (fourth != 0)
    return (second != fourth)[certain].double().mean().item()


def level_ends(poems):
    """Return, for each of the four lines, the share of level tones at its end, four floats.

    Ends whose tone is not certain do not count; NaN where none does.
    """
    ends = tones(poems)[:, ENDS]
    return [(end[end != 0] > 0).double().mean().item() for end in ends.unbind(1)]


def unseen_lines(poems, known):
    """Return the share of the lines of `poems` that are not in `known`, poems (M, 20) such as those trained on."""
    lines, others = (_codes(_poems(some), WIDTH)[..., ::WIDTH] for some in (poems, known))
    return (~torch.isin(lines, others)).double().mean().item()


def distinct_ngrams(poems, n=2):
    """Return how many different runs of n characters of a line there are, as a share of all such runs; n from 1 to 5.

    Distinct-n of Li et al. 2016, a measure of variety: the more poems, the lower, so compare equal numbers alone.
    """
    codes = _codes(_poems(poems).reshape(-1, WIDTH), whole(n, "n", 1, WIDTH, "characters of a line"))
    return len(codes.unique()) / codes.numel()


def self_bleu(poems, n=3):
    """Return the mean BLEU of each poem against all others: how far they repeat each other, from 0 to 1; n from 1 to 4.

    Of BLEU (Papineni et al. 2002) with runs of 1 to n characters, equal weights and no smoothing; all poems are of one
    length, so none is too short. Self-BLEU of Zhu et al. 2018. It grows with the number of poems: compare equal
    numbers alone; 1,000 take 0.2 GB. Raises ValueError for fewer than two.
    """
    poems, logs = _poems(poems), 0.0
    whole(len(poems), "the number of poems", 2)
    for length in range(1, whole(n, "n", 1, 4, "characters of a run") + 1):
        kinds, runs = _codes(poems, length).unique(return_inverse=True)
        counts = torch.zeros(len(poems), len(kinds), dtype=torch.int16)
        counts.scatter_add_(1, runs, torch.ones_like(runs, dtype=torch.int16))
        most, second = counts.topk(2, dim=0).values
        elsewhere = torch.where(counts == most, second, most)  # the most in any other poem
        logs = logs + (torch.minimum(counts, elsewhere).sum(1) / runs.shape[1]).log()
    return (logs / n).exp().mean().item()


class CharacterModel:
    """The likelihood model to beat: each character depends on none (`order` 1) or on the one before it alone (2).

    `poems`: those to count in. Each line begins anew. Frequencies after a rare character are drawn towards those of all
    characters (a Dirichlet prior, MacKay & Peto 1995), which in turn are counted with one of each kind added.
    """

    def __init__(self, poems, order=2):
        poems, characters = _poems(poems), len(rhyme_book().member)
        order = whole(order, "order", 1, 2)
        shares = torch.bincount(poems.flatten(), minlength=characters).double() + 1
        shares /= shares.sum()
        after = torch.zeros(characters + 1, characters, dtype=torch.double)
        if order == 2:
            after.index_put_((_before(poems), poems), torch.ones((), dtype=torch.double), accumulate=True)
        #: the probability of each character after each, (1501, 1500); the last row is for the beginning of a line
        self.table = (after + STRENGTH * shares) / (after.sum(1, keepdim=True) + STRENGTH)

    def nll(self, poems):
        """Return the mean negative log-likelihood of a character of `poems`, in nats; log 1500 = 7.31 is a guess."""
        poems = _poems(poems)
        return -self.table[_before(poems), poems].log().mean().item()

    def sample(self, count, generator=None):
        """Return `count` poems drawn from the model, int64 (count, 20)."""
        poems = torch.zeros(whole(count, "count"), LINES * WIDTH, dtype=torch.long)
        for place in range(LINES * WIDTH):
            rows = self.table[_before(poems)[:, place]]
            poems[:, place] = torch.multinomial(rows, 1, generator=generator).squeeze(1)
        return poems


def _poems(characters):
    return check_characters(characters, LINES * WIDTH)


def _before(poems):
    """Return the character before each of poems (N, 20), or 1500 at the beginning of a line."""
    before = poems.roll(1, 1)
    before[:, ::WIDTH] = len(rhyme_book().member)
    return before


def _codes(characters, n):
    """Return a number for each run of n characters of (…, L), (…, L - n + 1); equal runs alone have equal numbers."""
    runs = characters.unfold(-1, n, 1)
    base = len(rhyme_book().member)  # whose fifth power is below 2**63
    return (runs * torch.tensor([base**i for i in range(n)])).sum(-1)
