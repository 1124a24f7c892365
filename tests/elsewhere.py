"""A pretended device "elsewhere", for machines without a GPU, and what the package does with networks that live there.

Its tensors are the CPU's behind a wrapper. To use them together with the CPU's, or as NumPy's, is an error, as with a
GPU's. ``python tests/elsewhere.py`` tries each of the CASES on it, or on a GPU where there is one, and prints a line of
JSON: what went wrong, by name. A device cannot be taken back, so this is a process of its own.
"""

import copy
import json

import torch
from torch.utils._pytree import tree_flatten, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

RAW = {}  # by a storage's address: the CPU's tensor behind it, and the storage, so that the address stays its own


def pretend():
    """Make the device known, and return what has to be kept for as long as it is used."""
    _setup_privateuseone_for_python_backend("elsewhere")
    every, aten = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL", "PrivateUse1")
    every.fallback(_run, "PrivateUse1")
    aten.impl("convolution_overrideable", lambda *given: _run(torch.ops.aten.convolution.default, *given))
    aten.impl("convolution_backward_overrideable", _convolution_backward)
    return every, aten


def _convolution_backward(gradient, x, weight, *rest):
    return _run(torch.ops.aten.convolution_backward.default, gradient, x, weight, [gradient.shape[1]], *rest)


def _away(x):
    return isinstance(x, torch.Tensor) and x.device.type == "elsewhere"


def _wrapped(raw):
    made = torch._C._acc.create_empty_tensor(tuple(raw.shape), raw.dtype)
    RAW[made.untyped_storage()._cdata] = raw, made.untyped_storage()
    return made


def _raw(x):
    raw, _ = RAW[x.untyped_storage()._cdata]
    if raw.shape == x.shape:
        return raw
    return raw.view(x.shape) if raw.numel() == x.numel() else raw.new_empty(x.shape)


def _run(op, *given, **named):
    """Run an operation on the CPU's tensors behind those elsewhere, and wrap what comes out."""
    if op.name() == "aten::_copy_from":
        source, target = (_raw(x) if _away(x) else x for x in given[:2])
        target.copy_(source)
        return given[1]
    flat, _ = tree_flatten((given, named))
    here = any(isinstance(x, torch.Tensor) and not _away(x) and x.dim() for x in flat)
    if here and any(map(_away, flat)) and not op.name().startswith("aten::_to_copy"):
        raise RuntimeError(f"{op.name()} found tensors on the cpu and elsewhere")
    known = {}

    def behind(x):
        if not _away(x):
            return x
        known[id(_raw(x))] = x
        return _raw(x)

    arguments, options = tree_map(behind, (given, named))
    to_cpu = named.get("device") is not None and torch.device(named["device"]).type == "cpu"
    options = {k: "cpu" if k == "device" and v is not None else v for k, v in options.items() if k != "pin_memory"}
    if "out" in options:  # often an empty tensor, that is to get its size here
        named["out"].data = _wrapped(op(*arguments, **options | {"out": options["out"].new_empty(0)}))
        return named["out"]
    if op.name() == "aten::as_strided":  # the strides are those of the wrapper, which is contiguous
        arguments = arguments[0].contiguous(), *arguments[1:]
    found = op(*arguments, **options)
    if to_cpu:
        return found
    return tree_map(lambda x: known.get(id(x), _wrapped(x)) if isinstance(x, torch.Tensor) else x, found)


def cases(place):
    """Return functions by name: each uses something of the package with tensors or networks on the device `place`."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from gan_lessons import losses, metrics, networks, plots, widgets
    from gan_lessons.checkpoints import load_checkpoint, load_weights, save_checkpoint
    from gan_lessons.data import fashion_mnist, ring, shapes, to_float
    from gan_lessons.training import d_step, g_step

    torch.manual_seed(0)
    G, D = networks.ConvGenerator(16, (32, 16, 8)).eval(), networks.ConvDiscriminator((8, 16, 32))
    far, judge = copy.deepcopy(G).to(place), copy.deepcopy(D).to(place)
    z = torch.randn(8, 16)
    a, b = torch.randn(2, 120, 5)
    images = to_float(fashion_mnist(train=False).images[:300])
    voxels = shapes("chair", train=False).voxels[:6].float()
    films, glyphs, faces = (torch.rand(4, *shape) * 2 - 1 for shape in ((12, 1, 24, 24), (1, 32, 32), (3, 16, 16)))
    waves = torch.sin(torch.linspace(0, 5000, 4096)).repeat(3, 1)
    poems = torch.randint(1400, (5, 20))

    def explorers():
        near, there = widgets.LatentExplorer(G, 16), widgets.LatentExplorer(far, 16)
        for explorer in (near, there):
            explorer.sliders[0].value = 1.5
        assert near.still().tobytes() == there.still().tobytes() or place != "elsewhere"

    def steps():
        trained = copy.deepcopy(G).to(place).train()
        d_opt, g_opt = (torch.optim.Adam(network.parameters(), lr=1e-3) for network in (judge, trained))
        real = images[:8].to(place)
        board = widgets.LossBoard(2, sample=lambda: far(z.to(place)))
        for _ in range(2):
            logs = d_step(trained, judge, d_opt, losses.non_saturating, real, z.to(place), penalty=losses.r1(0.1))
            board.update(logs | g_step(trained, judge, g_opt, losses.non_saturating, z.to(place)))
        board.redraw()

    def checkpoint():
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path, opt = f"{folder}/run.safetensors", torch.optim.Adam(judge.parameters())
            judge(images[:4].to(place)).mean().backward()
            opt.step()
            save_checkpoint(path, step=1, seed=0, D=judge, opt=opt)
            if place != "elsewhere":  # it keeps a deep copy, which the pretended device has not
                assert load_checkpoint(path, D=judge, opt=opt)["step"] == 1
            loaded = load_weights(copy.deepcopy(D).to(place), path, part="D")
            assert torch.equal(loaded.layers[0].weight.cpu(), judge.layers[0].weight.cpu())

    def both(metric, **more):
        """Samples there and real ones here, both there: the same numbers as both here."""

        def compare():
            torch.manual_seed(0)
            wanted = metric(a, b, **more)
            for pair in ((a.to(place), b), (a, b.to(place)), (a.to(place), b.to(place))):
                torch.manual_seed(0)
                assert str(metric(*pair, **more)) == str(wanted) or place != "elsewhere"

        return compare

    def cut(metric):
        return lambda a, b: metric(a[:, :2].contiguous(), b[:, :2].contiguous())

    return {
        "the latent explorer": explorers,
        "steps with R1, and a loss board": steps,
        "a checkpoint": checkpoint,
        "a grid of images": lambda: plots.show_images(plt.gca(), far(z.to(place))),
        "a field": lambda: plots.show_field(plt.gca(), networks.mlp(2, 1, 16).to(place)),
        "points": lambda: plots.show_points(plt.gca(), a[:, :2].contiguous().to(place), b[:, :2]),
        "an image explorer": lambda: widgets.ImageExplorer(lambda k: far(z.to(place)), k=(0, 3, 1, 0)),
        "the voxel viewer": lambda: widgets.VoxelViewer(voxels.to(place)),
        "features": lambda: metrics.features(images.to(place)),
        "classes": lambda: metrics.predicted_classes(images.to(place)),
        "neighbours": lambda: metrics.nearest_neighbours(images[:5].to(place), images),
        "modes": lambda: metrics.modes(a[:, :2].contiguous().to(place), ring()),
        "measures of voxels": lambda: [
            metrics.iou(voxels.to(place), voxels),
            *(f(voxels.to(place)) for f in (metrics.occupied, metrics.loose_parts, metrics.symmetry)),
        ],
        "the pitch of a wave": lambda: metrics.pitch(torch.randn(8000).to(place)),
        "the Fréchet distance": both(metrics.frechet_distance),
        "the kernel distance": both(metrics.kernel_distance, subsets=3, size=50),
        "precision and recall": both(metrics.precision_recall),
        "density and coverage": both(metrics.density_coverage),
        "a two-sample test": both(metrics.two_sample_test),
        "variety": both(metrics.variety),
        "the divergence of points": both(cut(metrics.js_divergence)),
        "films": lambda: [
            *(f(films.to(place)) for f in (metrics.film_features, metrics.film_centres, metrics.content_change)),
            metrics.predicted_films(films.to(place)),
            metrics.nearest_paths(films.to(place), films),
        ],
        "characters": lambda: [f(glyphs.to(place)) for f in (metrics.glyph_features, metrics.predicted_glyphs)],
        "faces": lambda: [f(faces.to(place)) for f in (metrics.avatar_features, metrics.predicted_attributes)],
        "sounds": lambda: [
            *(f(waves.to(place)) for f in (metrics.predicted_tones, metrics.tone_shape)),
            *(f(waves.to(place), waves) for f in (metrics.mel_distance, metrics.spectral_distance)),
            metrics.pitch_distance(waves, waves.to(place)),
        ],
        "poems": lambda: [
            *(f(poems.to(place)) for f in (metrics.rhyme, metrics.tones, metrics.distinct_ngrams, metrics.self_bleu)),
            metrics.unseen_lines(poems.to(place), poems),
        ],
    }


def main():
    place, kept = ("cuda", None) if torch.cuda.is_available() else ("elsewhere", pretend())
    wrong = {}
    for name, case in cases(place).items():
        try:
            case()
            wrong[name] = ""
        except Exception as error:
            wrong[name] = f"{type(error).__name__}: {error}"
    print(json.dumps(wrong))
    del kept


if __name__ == "__main__":
    main()
