"""The package as users install it: complete, and not hidden by what lies in their folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from registry.scaffolding.templates import kinds

ROOT = Path(__file__).resolve().parents[1]
FEW = [
    "General.kernels=tensorflow",  # the compiled ones take a minute in a new environment
    "General.seed=1",
    "Data.options.showers.train_events=4",
    "Data.options.showers.validation_events=1",
]
FEW += ["Data.options.showers.test_events=1", "Training=[{batch_size: 3000, learning_rate: 1.0e-3, epochs: 1}]"]

BUILD = """
import os, sys
from setuptools import build_meta
target, *folders = sys.argv[1:]  # setuptools puts arguments of its own there
os.mkdir(target)
for folder in folders:
    os.chdir(folder)
    build_meta.build_wheel(target)
"""
"""What pip asks of the packages, in one process instead of one for each."""

pytestmark = pytest.mark.long


def called(*command: str, cwd: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the committed and the changed files of the checkout."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listing = called("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in listing.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(target), "."]
    called(*build, cwd=source)
    (made,) = target.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a new environment with the wheel in it, which borrows the packages it needs."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    inside = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (Path(inside) / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    interpreter = str(folder / "bin" / "python")
    called(sys.executable, "-m", "pip", "--python", interpreter, "install", "-q", "--no-deps", str(wheel), cwd=folder)
    return interpreter


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder, in which everything has a name that the package uses too."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("plugins", "graphs", "configs", "kernels"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise RuntimeError('the file of a user was imported')\n")
    for name in ("plugins", "layers", "blocks", "types", "layer", "block"):
        (folder / f"{name}.py").write_text("raise RuntimeError('the file of a user was imported')\n")
    return folder


def run(python: str, desk: Path, *arguments: str) -> str:
    """Run the console script: `python -m` itself cannot start beside a file called like a module of Python's own."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    script = str(Path(python).with_name("registry"))
    return called(script, *arguments, cwd=desk, environment={**environment, "TF_CPP_MIN_LOG_LEVEL": "3"})


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as content:
        names = content.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"registry"}
    for name in (
        "py.typed",
        "graphs/gravnet.yaml",
        "sweeps/noise_filter.yaml",
        "sweeps/gravnet.yaml",
        "configs/pre/none.yaml",
        "plugins/graph/gravnet/layer.py",
    ):
        assert f"registry/{name}" in names
    assert "registry/templates/project/plugins/gain.py" in names


def test_a_graph_of_the_package_is_checked_from_a_folder_full_of_its_names(python: str, desk: Path) -> None:
    assert "230,600 trainable weights" in run(python, desk, "check", "builtin:gravnet.yaml")


def test_a_graph_of_the_package_trains_in_a_folder_full_of_its_names(python: str, desk: Path) -> None:
    settings = [word for setting in FEW for word in ("--set", setting)]
    assert "epoch 1/1" in run(python, desk, "train", "builtin:noise_filter.yaml", *settings)
    assert len(list(desk.glob("mlruns/local/*/model.keras"))) == 1


def test_a_new_project_of_the_installed_package_checks(python: str, desk: Path) -> None:
    run(python, desk, "new", "project", "project")
    assert "gain" in run(python, desk / "project", "check", "graphs/first.yaml")


def test_plugins_of_every_kind_and_the_example_package_pass_their_own_tests(python: str, tmp_path: Path) -> None:
    program = """
from registry.new import main
from registry.scaffolding.templates import kinds
for kind in kinds():
    main([kind, f"one_{kind}"])
for kind in kinds():
    main([kind, f"packed_{kind}", "--package"])
"""
    called(python, "-c", program, cwd=tmp_path)
    example = shutil.copytree(ROOT / "examples" / "registry-example-plugin", tmp_path / "registry-example-plugin")
    packages = sorted(str(path.parent) for path in tmp_path.glob("*/pyproject.toml"))
    called(sys.executable, "-c", BUILD, str(tmp_path / "wheels"), *packages, cwd=tmp_path)
    wheels = map(str, (tmp_path / "wheels").glob("*.whl"))
    called(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", *wheels, cwd=tmp_path)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": ""}
    called(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".", cwd=tmp_path, environment=environment)
    names = [f"packed_{kind}" for kind in kinds()]
    for command in (["check"], ["format", "--check"]):
        called(python, "-m", "ruff", *command, *names, cwd=tmp_path)
    assert "packed_command" in run(python, tmp_path)
    listed = run(python, tmp_path, "plugins", "--graph", str(example / "graphs" / "example.yaml"))
    assert "example  registry-example-plugin 1.0.0\n" in listed
    assert "  used: example_gain, example_mean\n" in listed
    assert "  commands: count_nodes\n" in listed
    assert "packed_layer  registry-packed-layer 0.1.0  (unused)\n" in listed
    assert "fault" not in listed
