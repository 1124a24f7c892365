"""The files that install the course agree with each other, and nothing heavy is imported without need."""

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import torch
import yaml
from packaging.requirements import Requirement

from gan_lessons import networks
from gan_lessons.environment import requirements

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_every_requirement_is_pinned_exactly():
    assert len(requirements()) > 10
    for requirement in requirements():
        assert re.fullmatch(r"==[\d.]+", str(requirement.specifier)), requirement
    assert "-e ." in (ROOT / "requirements.txt").read_text().splitlines()


def test_the_pins_satisfy_the_package():
    pins = {requirement.name: str(requirement.specifier).removeprefix("==") for requirement in requirements()}
    for requirement in map(Requirement, PROJECT["dependencies"]):
        assert requirement.specifier.contains(pins[requirement.name]), requirement


def test_conda_gets_the_same_environment():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-r requirements.txt"]}
    (python,) = [name.partition("=")[2] for name in conda if name.startswith("python=")]
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(python)


def test_data_readme_lists_every_file_with_its_hash():
    sums = [line.split() for line in (ROOT / "data/SHA256SUMS").read_text().splitlines()]
    readme = (ROOT / "data/README.md").read_text()
    kept = (".gz", ".safetensors", ".png", ".csv", ".txt", ".npz")
    files = [p.relative_to(ROOT / "data") for p in (ROOT / "data").rglob("*") if p.suffix in kept]
    there = {str(p) for p in files if "node_modules" not in p.parts}  # which a `make` may have left
    assert {name for _, name in sums} == there
    for digest, name in sums:
        assert hashlib.sha256((ROOT / "data" / name).read_bytes()).hexdigest() == digest
        assert digest in readme and Path(name).name in readme


def test_importing_the_package_loads_nothing_heavy():
    heavy = "matplotlib.pyplot", "ipywidgets", "torch_fidelity", "torchvision", "sklearn", "librosa"
    code = (
        "import sys, gan_lessons.training, gan_lessons.data, gan_lessons.losses, gan_lessons.networks, "
        f"gan_lessons.checkpoints, gan_lessons.metrics; print([m for m in {heavy} if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_no_module_is_long():
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / "gan_lessons").rglob("*.py")}
    assert len(lengths) > 40
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > 250} == {}


def test_the_lesson_and_the_package_have_the_same_networks_and_recipe():
    """Lesson 06 writes its networks and recipe out; the package and the benchmark use them again."""
    source = (ROOT / "notebooks/src/06_project_fashion_mnist.py").read_text()
    recipe = (ROOT / "data/checkpoints/train_generator.py").read_text()
    for name in ("BATCH", "Z", "RATE", "GAMMA", "LAZY", "DECAY"):
        value = rf"^{name} = ([\d.e-]+)"
        assert re.search(value, source, re.MULTILINE).group(1) == re.search(value, recipe, re.MULTILINE).group(1)
    namespace = {}
    exec("from torch import nn\nZ, WIDTHS = 16, (64, 32, 16)", namespace)
    for name in ("ConvGenerator", "ConvDiscriminator"):
        exec(re.search(rf"^class {name}.*?(?=\n\n\n)", source, re.MULTILINE | re.DOTALL).group(0), namespace)
    for name, inputs in (("ConvGenerator", (2, 16)), ("ConvDiscriminator", (2, 1, 28, 28))):
        torch.manual_seed(0)
        lesson = namespace[name]()
        torch.manual_seed(0)
        packaged = getattr(networks, name)()
        x = torch.randn(inputs)
        assert torch.equal(lesson(x), packaged(x))
