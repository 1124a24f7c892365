"""The latent explorer: sliders that move through a generator's latent space."""

import html
import inspect
import threading

import ipywidgets
import torch
from PIL import Image

from ..checks import check_images, fitted, range_doubt, range_fault, whole
from ..plots import tiled
from .still import Picture, StillBox, png

COLUMNS, ROWS = 8, 3
LARGE = 224  # pixels


class LatentExplorer(StillBox):
    """Sliders over a generator: its leading directions, seed, truncation, and a walk between two seeds.

    `generate`: any function of z (N, z_dim) that returns images (N, C, H, W) in [-1, 1], C = 1 or 3; put a network
    into eval mode first. A network itself gets z in the dtype and on the device of its weights. `z_dim`: the latent
    dimension. `directions`: how many sliders, at most z_dim. `seeds`: A and B, 0 to 9999. Raises ValueError, with what
    to do, where `generate` does not take such z or does not return such images, and for a network with BatchNorm in
    train mode.

    The large image is G(z) with z = ψ · walk(seed A, seed B, t) + Σ sliderᵢ · dᵢ. Below it are the walk from A
    to B, and the next seeds, all moved by the same sliders. The directions dᵢ, see `principal_directions`, are
    those along which the images change the most.
    """

    def __init__(self, generate, z_dim, directions=6, seeds=(0, 1)):
        z_dim = whole(z_dim, "z_dim")
        seeds = [whole(seed, "a seed", 0, 9999) for seed in seeds]
        self._generate, self._z_dim = generate, z_dim
        self._note = _tried(generate, z_dim)
        self.directions = principal_directions(generate, z_dim, directions)  # (directions, z_dim)
        self._lock = threading.Lock()

        def wide(name, width="380px"):
            style, layout = {"description_width": "110px"}, {"width": width}
            return {"description": name, "tooltip": name, "style": style, "layout": layout}

        self.sliders = [
            ipywidgets.FloatSlider(0, min=-4, max=4, step=0.1, **wide(f"direction {i + 1}"))
            for i in range(len(self.directions))
        ]
        self.seed = ipywidgets.BoundedIntText(seeds[0], min=0, max=9999, **wide("seed A", "220px"))
        self.truncation = ipywidgets.FloatSlider(0.8, min=0, max=1.5, step=0.05, **wide("truncation ψ"))
        self.target = ipywidgets.BoundedIntText(seeds[1], min=0, max=9999, **wide("seed B", "220px"))
        self.walk = ipywidgets.FloatSlider(0, min=0, max=1, step=0.02, **wide("walk A to B"))
        self._reset = ipywidgets.Button(description="Reset", tooltip="All sliders back to where they began")
        self._large = Picture(format="png", tooltip="G(z)", layout={"width": f"{LARGE}px", "height": f"{LARGE}px"})
        walk, others = "The walk from seed A to seed B", "The next 24 seeds, moved by the same directions"
        self._strip = Picture(format="png", tooltip=walk)
        self._grid = Picture(format="png", tooltip=others)
        self._readout = ipywidgets.HTML()
        controls = [*self.sliders, self.truncation, self.seed, self.target, self.walk]
        for control in controls:
            control.observe(self._changed, "value")
        self._controls = {control: control.value for control in controls}
        self._reset.on_click(self._to_start)
        note = ipywidgets.HTML
        pictures = [
            note(walk),
            self._strip,
            note(others),
            self._grid,
        ]
        columns = [[note("<b>G(z)</b>"), self._large], [*controls, self._reset], pictures]
        row = ipywidgets.HBox([ipywidgets.VBox(column) for column in columns], layout={"flex_flow": "row wrap"})
        super().__init__([row, self._readout])
        self._draw()

    @property
    def z(self):
        """The latent point of the large image, (z_dim,)."""
        return self._base(self.walk.value) + self._move()

    def _base(self, share):
        ends = _of_seed(self.seed.value, self._z_dim), _of_seed(self.target.value, self._z_dim)
        return self.truncation.value * spherical(*ends, share)

    def _move(self):
        return torch.tensor([slider.value for slider in self.sliders]) @ self.directions

    def _changed(self, change):
        with self._lock:
            try:
                self._draw()
            except Exception as error:  # in a callback it would be lost in the server's log
                self._readout.value = html.escape(f"{type(error).__name__}: {error}")

    def _to_start(self, button):
        for control, value in self._controls.items():
            control.value = value

    def _draw(self):
        move = self._move()
        walk = [self._base(i / (COLUMNS - 1)) for i in range(COLUMNS)]
        others = [
            self.truncation.value * _of_seed(self.seed.value + i, self._z_dim) for i in range(1, COLUMNS * ROWS + 1)
        ]
        z = torch.stack([self._base(self.walk.value), *walk, *others]) + move
        images = _images(self._generate, z)
        large = tiled(images[:1], scale=1).resize((LARGE, LARGE), Image.Resampling.NEAREST)
        self._stills = large, tiled(images[1 : COLUMNS + 1]), tiled(images[COLUMNS + 1 :])
        for widget, still in zip((self._large, self._strip, self._grid), self._stills, strict=True):
            widget.value = png(still)
        numbers = ", ".join(f"{value:.2f}" for value in z[0, :6])
        text = f"z = ({numbers}, …), {self._z_dim} numbers, length {z[0].norm():.2f}"
        notes = [note for note in (self._note, range_doubt(images)) if note]
        self._readout.value = "<br>".join(html.escape(line) for line in [text, *notes])

    def still(self):
        large, strip, grid = (image.convert("RGB") for image in self._stills)
        both = Image.new("RGB", (large.width + 8 + grid.width, strip.height + 8 + grid.height), "white")
        both.paste(large, (0, 0))
        both.paste(strip, (large.width + 8, 0))
        both.paste(grid, (large.width + 8, strip.height + 8))
        return both

    def caption(self):
        return (
            f"Latent explorer: {len(self.sliders)} direction sliders, seed, truncation and a walk; "
            "one large image, the walk, and 24 other seeds."
        )


def principal_directions(generate, z_dim, count, samples=2000):
    """Return the `count` orthonormal directions of latent space along which images change the most, (count, z_dim).

    They are the leading right singular vectors of the average Jacobian of `generate`, estimated as the linear
    regression of images on `samples` normal z, for which the two are equal (Stein's lemma).
    """
    count = whole(count, "directions", 1, z_dim, "dimensions of z")
    samples = max(samples, 4 * z_dim)  # fewer than z_dim would leave the regression open
    z = torch.randn(samples, z_dim, generator=torch.Generator().manual_seed(0))
    images = torch.cat([_images(generate, part).flatten(1) for part in z.split(250)])
    if bad := int((~torch.isfinite(images)).any(1).sum()):
        raise ValueError(f"G returns NaN or infinite pixels for {bad} of {samples} normal z: its training broke down")
    z = z - z.mean(0)
    slopes = torch.linalg.solve(z.T @ z, z.T @ images)  # (z_dim, pixels), the Jacobian transposed
    directions = torch.linalg.svd(slopes, full_matrices=False).U.T[:count]
    largest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
    return directions * largest.sign()  # the SVD leaves the sign open


def _images(generate, z):
    """Return the images of z as float32 on the CPU."""
    with torch.no_grad():
        return check_images(generate(fitted(z, generate)), "the images of G").cpu().float()


def _tried(generate, z_dim):
    """Try `generate` on a few z: ValueError where it does not work, else a note on what is odd about it, or ""."""
    modules = list(generate.modules()) if isinstance(generate, torch.nn.Module) else []
    if any(module.training and isinstance(module, torch.nn.modules.batchnorm._BatchNorm) for module in modules):
        raise ValueError(
            "G is in train mode and has BatchNorm: each image would depend on the others of its batch, and looking "
            "would change G's statistics; call G.eval() first"
        )
    if (inputs := _inputs(generate)) > 1:
        raise ValueError(
            f"generate must be a function of z alone, and takes {inputs} inputs; fix the others, such as "
            "lambda z: G(z, labels.expand(len(z)))"
        )
    z = torch.randn(6, z_dim, generator=torch.Generator().manual_seed(0))
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            first, other = (generate(fitted(part, generate)) for part in (z[:4], z[[0, 1, 4, 5]]))
    except Exception as error:
        raise ValueError(
            f"generate fails on z of shape (4, {z_dim}): {type(error).__name__}: {error}. {_remedy(modules, z_dim)}"
        ) from error
    first, other = (check_images(images, "the images of G") for images in (first, other))
    if len(first) != 4:
        raise ValueError(f"generate must return one image for each z, 4 here, not {len(first)}")
    if range_fault(first) or torch.allclose(first[:2], other[:2], rtol=1e-2, atol=1e-2):
        return ""
    return "the same z gives another image each time, or beside other z: put G into eval mode with G.eval()"


def _inputs(generate):
    """Return how many inputs `generate` can not do without, or 1 where that is not known."""
    try:
        signature = inspect.signature(generate.forward if isinstance(generate, torch.nn.Module) else generate)
    except (TypeError, ValueError):
        return 1
    positional = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return sum(p.kind in positional and p.default is p.empty for p in signature.parameters.values())


def _remedy(modules, z_dim):
    """Return what may make a network of these `modules` take z (N, z_dim)."""
    layers = [module for module in modules if isinstance(module, (torch.nn.Linear, torch.nn.modules.conv._ConvNd))]
    if layers and not isinstance(layers[0], torch.nn.Linear):
        return "It begins with a convolution, which wants z (N, z_dim, 1, 1): give lambda z: G(z[:, :, None, None])"
    if layers and layers[0].in_features != z_dim:
        return f"Its first layer takes {layers[0].in_features} numbers: is z_dim = {layers[0].in_features}?"
    return "Does z_dim fit, and does G take z (N, z_dim)? If not, give a function of z that calls G as it needs"


def spherical(a, b, share):
    """Return the point a `share` of the way from `a` to `b`, (z_dim,) each, along the arc between them.

    Shoemake 1985. A straight line would pass too close to the origin, where a normal z never lies.
    """
    angle = torch.acos((a / a.norm() * (b / b.norm())).sum().clamp(-1, 1))
    if torch.sin(angle) < 1e-4:  # equal directions have no arc between them, opposite ones no single arc
        return torch.lerp(a, b, share)
    return (torch.sin((1 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)


def _of_seed(seed, z_dim):
    return torch.randn(z_dim, generator=torch.Generator().manual_seed(seed))
