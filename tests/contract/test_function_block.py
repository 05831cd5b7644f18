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


OTHERS = '''
from typing import Annotated

import registry


@registry.block(inputs={"beta": "hits 1"}, kind="loss", terms=("mean",), mean_over="hits")
def small_beta(beta, strength: Annotated[float, "factor of the loss"] = 0.5):
    """Keeps beta small."""
    from keras import ops

    hits = ops.cast(ops.maximum(ops.shape(beta)[0], 1), beta.dtype)  # no division by 0 without a hit
    mean = ops.sum(ops.square(beta)) / hits
    return {"loss": strength * mean, "mean": mean}


@registry.block(kind="transform")
def squeeze(x, scale: Annotated[float, "what becomes about 1"] = 1.0):
    """The inverse hyperbolic sine of columns."""
    import keras

    return keras.ops.arcsinh(x / scale)
'''
WITH_OTHERS = """
name: others
plugins: [others.py]
blocks:
  event: {use: showers, with: {train_events: 2, validation_events: 1, test_events: 1, max_showers: 3}}
  squeezed: {use: squeeze, in: event.features, with: {columns: [1]}}
  dense: {use: dense_loop, in: squeezed.features, with: {units: [4]}}
  heads: {use: output_heads, in: dense, with: {n_ccoords: 2}}
  small: {use: small_beta, in: heads.beta}
outputs: {beta: heads.beta}
"""
ONE_FILE = '''
from registry import Block, BlockParams, Loss, Port, Transform, Weights, hookimpl, param


class Gain(Block):
    """Multiplies by a learned number."""

    name = "gain"
    kind = "layer"
    layer = ":gain_layer"
    inputs = (Port("x", "hits features", "what is multiplied"),)
    outputs = (Port("x", "hits features", "the products"),)

    class Params(BlockParams):
        """Where the number starts."""

        start: float = param(1.0, "the number before training", gt=0)

    def weights(self, inputs, outputs):
        return Weights(1)


def gain_layer():
    import keras

    from registry import BlockLayer

    @keras.saving.register_keras_serializable("one_file")
    class GainLayer(BlockLayer):
        """Multiplies by a learned number."""

        block = Gain

        def build(self, x_shape):
            self.gain = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.start), name="gain")

        def call(self, x):
            return self.gain * x

    return GainLayer


class Small(Loss):
    """The mean square."""

    name = "small"
    layer = ":small_layer"
    inputs = (Port("x", "hits 1", "what is kept small"),)


def small_layer():
    import keras

    from registry import LossLayer

    @keras.saving.register_keras_serializable("one_file")
    class SmallLayer(LossLayer):
        """The mean square."""

        block = Small

        def call(self, x):
            hits = keras.ops.cast(keras.ops.maximum(keras.ops.shape(x)[0], 1), x.dtype)
            return {"loss": keras.ops.sum(keras.ops.square(x)) / hits}

    return SmallLayer


class Squeeze(Transform):
    """The inverse hyperbolic sine of columns."""

    name = "squeeze"
    layer = ":squeeze_layer"


def squeeze_layer():
    import keras

    from registry import TransformLayer

    @keras.saving.register_keras_serializable("one_file")
    class SqueezeLayer(TransformLayer):
        """The inverse hyperbolic sine of columns."""

        block = Squeeze

        def changed(self, x):
            return keras.ops.arcsinh(x)

    return SqueezeLayer


@hookimpl
def register_blocks():
    return [Gain, Small, Squeeze]
'''
IN_ONE_FILE = """
name: in_one_file
plugins: [one_file.py]
blocks:
  event: {use: showers, with: {train_events: 2, validation_events: 1, test_events: 1, max_showers: 3}}
  squeezed: {use: squeeze, in: event.features, with: {columns: [1]}}
  gain: {use: gain, in: squeezed.features, with: {start: 2.0}}
  heads: {use: output_heads, in: gain, with: {n_ccoords: 2}}
  small: {use: small, in: heads.beta}
outputs: {beta: heads.beta}
"""


@pytest.fixture
def other(tmp_path: Path) -> Path:
    files = {"others.py": OTHERS, "others.yaml": WITH_OTHERS, "one_file.py": ONE_FILE, "one_file.yaml": IN_ONE_FILE}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("graph", ["others", "one_file"])
def test_losses_and_transforms_in_one_file_are_checked_without_tensorflow(graph: str, other: Path) -> None:
    code = (
        "import sys, registry\n"
        f"graph = registry.load({str(other / f'{graph}.yaml')!r})\n"
        "print(graph.problems[0].message, {'keras', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("set()")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "names"), [("others.py", ("small_beta", "squeeze")), ("one_file.py", ("gain", "small", "squeeze"))]
)
def test_losses_and_transforms_in_one_file_keep_the_laws(file: str, names: tuple[str, ...], other: Path) -> None:
    from registry.testing import check_block

    blocks = load_registry([(str(other / file), None)]).blocks
    for name in names:
        check_block(blocks[name])


@pytest.mark.parametrize("graph", ["others", "one_file"])
def test_a_transform_a_loss_and_a_layer_of_one_file_compute(graph: str, other: Path) -> None:
    import keras
    import numpy as np

    import registry

    opened = registry.load(str(other / f"{graph}.yaml"))
    compiled = opened.compile()
    given = {f"event.{name}": array for name, array in opened.source().read("train", np.arange(1), None).items()}
    assert compiled.training is not None
    found = compiled.training({name: given[name] for name in compiled.training.input})
    loss = found["small"]["loss"] if graph == "one_file" else 2 * found["small"]["loss"]
    assert compiled.inference is not None
    beta = np.asarray(compiled.inference({name: given[name] for name in compiled.inference.input})["beta"])
    assert float(loss) == pytest.approx(float(np.mean(beta**2)), rel=1e-5)
    again = keras.models.model_from_json(compiled.inference.to_json())
    assert again.count_params() == compiled.inference.count_params()


RETURNED = {
    "a scalar without its term": (
        "return mean",
        "returned a tensor [] float32",
        "expected a dict of scalars with the keys",
    ),
    "no scalar": (
        "return {'loss': beta, 'mean': mean}",
        "returned {'loss': a tensor",
        "expected a dict of scalars with the keys 'loss', 'mean'",
    ),
    "a layer": (
        "return {'loss': ops.mean(__import__('keras').layers.Dense(1)(beta)), 'mean': mean}",
        "the function makes a layer with weights, for every batch anew",
        "expected a function of its tensors alone",
    ),
    "another width": ("", "returned a tensor [", "expected a tensor [hits, 1], as it was given"),
}


@pytest.mark.parametrize("case", RETURNED)
def test_what_a_loss_or_a_transform_does_not_return_is_refused_at_the_function(case: str, other: Path) -> None:
    import registry
    from registry.training.rehearsal import rehearse

    line, received, expected = RETURNED[case]
    old = "return {" if line else "return keras.ops.arcsinh("
    kept = [
        text if old not in text else text[: text.index(old)] + (line or "return keras.ops.ones((3, 2)) #")
        for text in OTHERS.splitlines()
    ]
    (other / "others.py").write_text("\n".join(kept) + "\n")
    graph = registry.load(str(other / "others.yaml"))
    with pytest.raises(InputError) as caught:
        rehearse(graph.compile(), graph.source(), 0)
    assert received in str(caught.value)
    assert expected in str(caught.value)
    assert "others.py:" in str(caught.value)


COUNTED = '''
from registry import Weights, block, param


@block(
    inputs={"x": "hits features", "e": "hits 1"},
    outputs={"y": "hits {units}"},
    weights=lambda features, units: Weights((features + 2) * units + 2 * units, 2 * units),
    multiply_adds=lambda features, units: (features + 1) * units,
    inner_values=lambda features, units: features + 3 * units,
)
def joined(x, e=None, units: int = param(4, "columns", gt=0)):
    """Dense layer of both, normalised."""
    from keras import layers, ops

    both = ops.concatenate([x, e if e is not None else ops.zeros_like(x[:, :1])], axis=1)
    return layers.BatchNormalization()(layers.Dense(units)(both))
'''


def _joined(folder: Path, old: str = "", new: str = "") -> type:
    (folder / "joined.py").write_text(COUNTED.replace(old, new) if old else COUNTED)
    return load_registry([(str(folder / "joined.py"), None)]).blocks["joined"]


def test_what_a_function_is_said_to_cost_is_known_to_a_check_and_held_by_the_laws(tmp_path: Path) -> None:
    import registry
    from registry.testing import examine
    from registry.testing.kit import all_laws

    laws = {law.name: law for law in all_laws()}
    costs = [laws[name] for name in ("declared types", "costs", "memory")]
    block = _joined(tmp_path)
    assert [(verdict.law, str(verdict.breach or verdict.reason)) for verdict in examine(block, {}, costs)] == [
        (law.name, "") for law in costs
    ]
    (tmp_path / "graph.yaml").write_text(
        "name: g\nplugins: [joined.py]\nblocks:\n  event: {use: showers}\n  y: {use: joined, in: event.features}\n"
        "outputs: {y: y}\n"
    )
    node = registry.load(str(tmp_path / "graph.yaml")).nodes["y"]
    width = node.input_types["x"].features
    assert (node.weights.trainable, node.weights.frozen) == ((width + 2) * 4 + 8, 8)
    for old, law in (("Weights((features + 2)", "declared types"), ("features + 3 * units", "memory")):
        wrong = _joined(tmp_path, old, old.replace("features", "40 * features"))
        (verdict,) = examine(wrong, {}, [laws[law]])
        assert verdict.breach is not None
        assert "joined.py" in verdict.breach.place


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lambda features, units: (features", "lambda feature, units: (feature", "did you mean 'features'"),
        ("lambda features, units: (features + 1) * units", "-1", "`multiply_adds` is -1"),
        ("def joined(", "def joined(w, ", "the argument 'w' is no input, and has no type"),
    ],
)
def test_a_rule_that_cannot_be_is_an_error_at_the_decorator(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        _joined(tmp_path, old, new)
    assert "joined.py:" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("(features + 1) * units", "0.5 * units", r"the rule `multiply_adds` returned 2.0 \(float\)"),
        ("lambda features, units: (features + 1)", "lambda hits, units: (hits + 1)", "'hits', an axis as long as"),
        ("(features + 1) * units", "features // (units - 4)", "ZeroDivisionError"),
    ],
)
def test_a_rule_that_says_no_number_is_an_error_of_the_check_at_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    import registry

    _joined(tmp_path)
    (tmp_path / "joined.py").write_text(COUNTED.replace(old, new))
    (tmp_path / "graph.yaml").write_text(
        "name: g\nplugins: [joined.py]\nblocks:\n  event: {use: showers}\n  y: {use: joined, in: event.features}\n"
        "outputs: {y: y}\n"
    )
    with pytest.raises(InputError, match=said) as caught:
        registry.load(str(tmp_path / "graph.yaml"))
    assert "joined.py:" in str(caught.value)
