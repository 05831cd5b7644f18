"""Plugins come in by entry point, by `plugins:` and by `--plugin`, and are never skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry.contract.errors import InputError
from registry.loading.blocks import load_registry
from tests.training.helpers import TINY, environment, query, train

PACKAGE = {
    "setup.py": """
from setuptools import setup

setup(
    name="twice-blocks",
    version="1.0",
    py_modules=["twice_blocks"],
    entry_points={"registry.plugins": ["twice = twice_blocks"]},
)
""",
    "twice_blocks.py": '''
"""A block that doubles its input."""

from registry.contract.block import Block, BlockParams, Port, param
from registry.contract.hooks import hookimpl


class Twice(Block):
    """Multiplies every feature by a factor, two if none is given."""

    name = "twice"
    kind = "layer"
    inputs = (Port("x", "hits features", "what to multiply"),)
    outputs = (Port("x", "hits features", "the product"),)

    class Params(BlockParams):
        """The factor."""

        factor: float = param(2.0, "factor", schedulable=True)

    def build(self, name):
        import keras

        return keras.layers.Rescaling(self.params.factor, name=name)

    positional = True


@hookimpl
def register_blocks():
    return [Twice]


@hookimpl
def training_callbacks(run):
    from registry.contract.callback import Callback

    class Witness(Callback):
        def on_epoch_end(self, run, metrics):
            run.log_metrics({"twice/epochs": float(run.epochs_done)})

        def on_end(self, run, status):
            print("the plugin saw the end:", status)

    return [Witness()]
''',
}


@pytest.mark.long
def test_a_block_of_an_installed_package_is_trained(tmp_path: Path) -> None:
    package, installed = tmp_path / "package", tmp_path / "installed"
    package.mkdir()
    for name, content in PACKAGE.items():
        (package / name).write_text(content)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(installed), str(package)], check=True, env=environment())
    text = TINY.read_text().replace("in: iterations.x", "in: doubled")
    text = text.replace("  heads:", "  doubled: {use: twice, in: iterations.x, with: {factor: 3.0}}\n  heads:")
    (tmp_path / "graph.yaml").write_text(text.replace("tiny_options.yaml", str(TINY.parent / "tiny_options.yaml")))
    path = os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")])
    result = train(tmp_path, "graph.yaml", PYTHONPATH=path)
    assert result.returncode == 0, result.stderr
    assert "the plugin saw the end: FINISHED" in result.stdout
    assert query(tmp_path, "select value from params where key = 'doubled.factor'") == [("3.0",)]
    assert ("twice/epochs",) in query(tmp_path, "select distinct key from metrics")


def test_built_in_blocks_come_in_by_the_hook_everybody_uses() -> None:
    registry = load_registry()
    assert set(registry.providers.values()) == {"builtin"}
    assert {"gravnet", "object_condensation", "showers"} <= set(registry.blocks)


def test_two_blocks_of_one_name_are_an_error_that_names_both_plugins(tmp_path: Path) -> None:
    (tmp_path / "another_gravnet.py").write_text(
        "from registry.contract.block import Block\n"
        "from registry.contract.hooks import hookimpl\n\n\n"
        "class Other(Block):\n    name = 'gravnet'\n    kind = 'layer'\n\n\n"
        "@hookimpl\ndef register_blocks():\n    return [Other]\n"
    )
    with pytest.raises(InputError, match="block 'gravnet' is registered by 'builtin' and by") as caught:
        load_registry([(str(tmp_path / "another_gravnet.py"), None)])
    assert "another_gravnet.py" in str(caught.value)
