"""A function of Keras tensors is a block: declared, checked without TensorFlow, trained, saved and loaded."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from registry.contract.errors import InputError
from registry.loading.blocks import load_registry

PLUGIN = '''
from typing import Annotated

import registry


@registry.block(inputs={"x": "hits features"}, outputs={"x": "hits {units}"}, examples=({"units": 5},))
def stretch(x, units: Annotated[int, "columns of the result"], rate: Annotated[float, "share dropped"] = 0.1):
    """A dense layer with dropout."""
    import keras

    return keras.layers.Dropout(rate)(keras.layers.Dense(units, "relu")(x))
'''
GRAPH = """
name: small
plugins: [stretch.py]
blocks:
  event: {use: showers}
  wide: {use: stretch, in: event.features, with: {units: 6}}
  half: {use: half.yaml, in: {x: wide}}
outputs: {y: half.y}
"""
HALF = """
name: half
blocks:
  given: {use: showers}
  narrow: {use: keras.Dense, in: given.x, with: {units: 3}}
outputs: {y: narrow}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("stretch.py", PLUGIN), ("graph.yaml", GRAPH), ("half.yaml", HALF)):
        (tmp_path / name).write_text(textwrap.dedent(text))
    return tmp_path


def test_a_file_with_a_function_and_no_hook_is_a_plugin(folder: Path) -> None:
    stretch = load_registry([(str(folder / "stretch.py"), None)]).blocks["stretch"]
    assert (stretch.kind, [port.pattern for port in stretch.inputs]) == ("layer", ["hits features"])
    fields = stretch.Params.model_fields
    assert {name: field.description for name, field in fields.items()} == {
        "units": "columns of the result",
        "rate": "share dropped",
    }


def test_a_graph_with_a_function_and_a_file_is_checked_without_tensorflow(folder: Path) -> None:
    code = (
        "import sys, registry\n"
        f"graph = registry.load({str(folder / 'graph.yaml')!r})\n"
        "print(*[str(graph.nodes[path].types) for path in ('wide', 'half')], 'keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("False")


def test_the_layer_keeps_the_laws(folder: Path) -> None:
    from registry.testing import check_block

    check_block(load_registry([(str(folder / "stretch.py"), None)]).blocks["stretch"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('{"x": "hits features"}', '{"y": "hits features"}', "has no argument 'y', which `inputs` names"),
        ('{"x": "hits features"}', '{"x": "hits fea-tures"}', "cannot read the axis 'fea-tures'"),
        (': Annotated[int, "columns of the result"]', "", "the argument 'units' is no input, and has no type"),
        ('Annotated[int, "columns of the result"]', "int", "the parameter 'units' has no description"),
        ('    """A dense layer with dropout."""\n', "", "the function has no docstring"),
        ("examples=", "kind='loader', examples=", "received kind 'loader'"),
    ],
)
def test_a_wrong_declaration_is_an_error_at_its_line(folder: Path, old: str, new: str, said: str) -> None:
    (folder / "stretch.py").write_text(PLUGIN.replace(old, new))
    with pytest.raises(InputError, match=said) as caught:
        load_registry([(str(folder / "stretch.py"), None)])
    assert "stretch.py:" in str(caught.value)


@pytest.mark.long
def test_a_saved_model_carries_its_function(folder: Path) -> None:
    import numpy as np

    import registry
    from registry.training.saving import save_model

    graph = registry.load(str(folder / "graph.yaml"))
    model = graph.compile().inference
    assert model is not None
    save_model(model, folder / "model.keras", {}, graph.checked)
    code = (
        "import sys, registry, numpy as np\n"
        "model = registry.load_model(sys.argv[1], plugins=['kept'])\n"
        "print(float(np.sum(np.abs(model.get_weights()[0]))))"
    )
    (folder / "stretch.py").unlink()
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder / "model.keras")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(float(np.sum(np.abs(model.get_weights()[0]))), rel=1e-5)
