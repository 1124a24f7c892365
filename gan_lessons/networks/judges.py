"""The course's judges: small classifiers, whose 64 penultimate features measure samples."""

from itertools import pairwise

from torch import nn


class Classifier(nn.Module):
    """A small convolutional classifier of 28×28 grey images, whose 64 penultimate features measure samples.

    Takes images (N, 1, 28, 28) in [-1, 1] and returns the logits of 10 classes, (N, 10).
    """

    def __init__(self):
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 32, 14, 14)
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # (N, 64, 7, 7)
            nn.Flatten(),
        )  # fmt: skip
        self.hidden = nn.Linear(64 * 7 * 7, 64)
        self.dropout = nn.Dropout(0.3)
        self.out = nn.Linear(64, 10)

    def features(self, images):
        """Return the 64 penultimate features of each image, (N, 64), all 0 or more."""
        return self.hidden(self.convolutions(images)).relu()

    def forward(self, images):
        return self.out(self.dropout(self.features(images)))


class AttributeClassifier(nn.Module):
    """A small convolutional classifier of faces, whose 64 penultimate features measure samples.

    Takes images (N, 3, 16, 16) in [-1, 1]. `counts`: how many values each attribute has. Returns the logits of all of
    them side by side, (N, sum of counts); `split` parts them.
    """

    def __init__(self, counts):
        super().__init__()
        self.counts = list(counts)
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(),  # (N, 32, 16, 16)
            nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.ReLU(), nn.Flatten(),  # (N, 64 · 8 · 8)
        )  # fmt: skip
        self.hidden = nn.Linear(64 * 8 * 8, 64)
        self.out = nn.Linear(64, sum(self.counts))

    def features(self, images):
        """Return the 64 penultimate features of each image, (N, 64), all 0 or more."""
        return self.hidden(self.convolutions(images)).relu()

    def split(self, logits):
        """Return the logits (N, sum of counts) as one tensor (N, values) for each attribute."""
        return logits.split(self.counts, dim=1)

    def forward(self, images):
        return self.out(self.features(images))


class GlyphReader(nn.Module):
    """A small convolutional classifier that reads 32×32 characters and names their face.

    Takes pictures (N, 1, 32, 32) in [-1, 1]. Returns the logits of `characters` and of `faces`, side by side;
    `split` parts them.
    """

    def __init__(self, characters, faces=3):
        super().__init__()
        self.counts = [characters, faces]
        widths = (1, 32, 64, 128)
        layers = []
        for inputs, outputs in pairwise(widths):  # each halves the side: 16, 8, 4
            layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.convolutions = nn.Sequential(*layers, nn.Flatten())
        self.hidden = nn.Linear(128 * 4 * 4, 64)
        self.norm = nn.BatchNorm1d(64)  # without it 64 features do not come to tell thousands of characters apart
        self.out = nn.Linear(64, characters + faces)

    def features(self, images):
        """Return the 64 penultimate features of each picture, (N, 64), all 0 or more."""
        return self.norm(self.hidden(self.convolutions(images))).relu()

    def split(self, logits):
        """Return the logits as those of the characters (N, characters), and of the faces (N, faces)."""
        return logits.split(self.counts, dim=1)

    def forward(self, images):
        return self.out(self.features(images))


class FilmJudge(nn.Module):
    """A small 3-D convolutional classifier that tells what moves in a film of 12 frames of 24×24, and how.

    Takes films (N, 12, 1, 24, 24) in [-1, 1]. Returns the logits of `garments` and of `motions`, side by side;
    `split` parts them.
    """

    def __init__(self, garments, motions):
        super().__init__()
        self.counts = [garments, motions]
        self.convolutions = nn.Sequential(
            nn.Conv3d(1, 16, 4, stride=2, padding=1), nn.BatchNorm3d(16), nn.ReLU(),  # (N, 16, 6, 12, 12)
            nn.Conv3d(16, 32, 4, stride=2, padding=1), nn.BatchNorm3d(32), nn.ReLU(), nn.Flatten(),
        )  # fmt: skip
        self.hidden = nn.Linear(32 * 3 * 6 * 6, 64)
        self.out = nn.Linear(64, garments + motions)

    def features(self, films):
        """Return the 64 penultimate features of each film, (N, 64), all 0 or more."""
        return self.hidden(self.convolutions(films.transpose(1, 2))).relu()  # channels before time

    def split(self, logits):
        """Return the logits as those of the garments (N, garments), and of the motions (N, motions)."""
        return logits.split(self.counts, dim=1)

    def forward(self, films):
        return self.out(self.features(films))
