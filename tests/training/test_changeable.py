"""A stage may set only what the layer reads while it runs: anything else would be accepted and ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.compiling.model import Compiled, compile_graph
from registry.configuration.options import Options
from registry.contract.errors import InputError, Problems
from registry.training.changeable import check_changeable
from registry.wiring.opening import open_graph
from registry.wiring.stages import check_options
from tests.training.helpers import TINY

pytestmark = pytest.mark.slow

PLUGIN = '''
import keras
from registry import Block, BlockLayer, BlockParams, Port, hookimpl, param


def block(name, layer):
    class Params(BlockParams):
        """Parameters."""

        factor: float = param(1.0, "factor", schedulable=True)

    fields = {"name": name, "kind": "layer", "Params": Params, "__doc__": name}
    fields |= {"inputs": (Port("x", "hits F"),), "outputs": (Port("x", "hits F"),)}
    fields |= {"build": lambda self, node: globals()[layer](name=node, **self.layer_config())}
    return type(name, (Block,), fields)


@keras.saving.register_keras_serializable("changes_plugin")
class Reads(BlockLayer):
    def __init__(self, *, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return self.scaled(x)

    def scaled(self, x):
        return x * self.factor


@keras.saving.register_keras_serializable("changes_plugin")
class Renames(Reads):
    def __init__(self, *, factor, **kwargs):
        super().__init__(factor=factor, **kwargs)
        self._factor = factor

    def scaled(self, x):
        return x * self._factor


@keras.saving.register_keras_serializable("changes_plugin")
class Hides(Renames):
    def __init__(self, *, factor, **kwargs):
        super().__init__(factor=factor, **kwargs)
        del self.factor

    def get_config(self):
        self.factor = self._factor
        config = super().get_config()
        del self.factor
        return config


@keras.saving.register_keras_serializable("changes_plugin")
class Inner(Reads):
    def __init__(self, *, factor, **kwargs):
        super().__init__(factor=factor, **kwargs)
        self.inner = keras.layers.Rescaling(factor)

    def scaled(self, x):
        return self.inner(x)


@keras.saving.register_keras_serializable("changes_plugin")
class Told(Inner):
    def schedule(self, name, value):
        super().schedule(name, value)
        self.inner.scale = value


@keras.saving.register_keras_serializable("changes_plugin")
class Foreign(keras.layers.Layer):
    def __init__(self, *, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        return x * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@hookimpl
def register_blocks():
    return [block(kind.__name__.lower(), kind.__name__) for kind in (Reads, Renames, Hides, Inner, Told, Foreign)]
'''

GRAPH = """\
plugins: changes_plugin.py
blocks:
  event: {{use: showers}}
  node: {{use: {use}, in: event.features}}
  dense: {{use: dense_loop, in: node, with: {{units: [3, 3]}}}}
outputs: {{x: dense}}
"""

STAGE = "Training=[{{batch_size: 800, learning_rate: 0.01, epochs: 1, set: {0}}}]"


def opened(folder: Path, use: str, change: str = "{node: {factor: 2.0}}") -> tuple[Compiled, Options]:
    (folder / "changes_plugin.py").write_text(PLUGIN)
    (folder / "graph.yaml").write_text(GRAPH.format(use=use))
    checked = open_graph(str(folder / "graph.yaml"), sets=[STAGE.format(change)])
    options = check_options(checked, Problems())
    assert options is not None
    return compile_graph(checked), options


@pytest.mark.parametrize("use", ["reads", "told"])
def test_a_parameter_that_is_read_or_passed_on_may_be_set(tmp_path: Path, use: str) -> None:
    compiled, options = opened(tmp_path, use)
    kind = type(compiled.layers["node"])
    check_changeable(options.stages, compiled)
    assert type(compiled.layers["node"]) is kind


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("renames", "the layer Renames does not read it while it runs"),
        ("inner", "the layer Inner does not read it while it runs"),
        ("hides", "the layer Hides keeps it under another name"),
        ("foreign", "the layer Foreign is no registry.BlockLayer"),
    ],
)
def test_a_parameter_that_the_layer_would_go_on_without_is_refused(tmp_path: Path, use: str, reason: str) -> None:
    compiled, options = opened(tmp_path, use)
    with pytest.raises(InputError) as caught:
        check_changeable(options.stages, compiled)
    (problem,) = caught.value.problems
    assert problem.message.startswith(f"Training.0.set: 'factor' would have no effect: {reason}")
    assert problem.node == "node"
    assert str(problem.origin).startswith("--set Training=")


@pytest.mark.parametrize("change", ["{dense: {dropout: 0.5}}", "{'*.dense_loop': {dropout: 0.5}}"])
def test_what_a_built_in_layer_passes_on_may_be_set(tmp_path: Path, change: str) -> None:
    compiled, options = opened(tmp_path, "reads", change)
    check_changeable(options.stages, compiled)


def test_what_the_stages_of_a_whole_graph_set_is_read() -> None:
    checked = open_graph(str(TINY))
    options = check_options(checked, Problems())
    assert options is not None
    check_changeable(options.stages, compile_graph(checked))
