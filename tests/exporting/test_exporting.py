"""A trained network becomes a file that runs without this package, and is the same network."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from registry.contract.bare import BareRun
from registry.contract.errors import InputError, RunError
from registry.contract.exporter import Exportable
from registry.export import main
from registry.exporting import proving
from registry.exporting.trials import distances
from tests.inference.graphs import write_graph, write_model

pytestmark = pytest.mark.slow

DOCS = Path(__file__).resolve().parents[2] / "docs" / "how_to" / "export.md"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def onnx(model: Path) -> Path:
    pytest.importorskip("tf2onnx")
    place = model.with_name("network.onnx")
    assert main([str(model), "-o", str(place), "--format", "onnx", "--hits", "1,20"]) == 0
    return place


@pytest.mark.parametrize("shown", ["beside the file", "in the documentation"])
def test_a_request_of_forty_lines_runs_with_onnxruntime_alone(onnx: Path, shown: str) -> None:
    text = onnx.with_suffix(".md").read_text() if shown == "beside the file" else DOCS.read_text()
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    assert len(code.splitlines()) <= 40
    assert set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)) == {"numpy", "onnxruntime"}
    shutil.copy(onnx, onnx.with_name("model.onnx"))
    guard = "import sys; sys.modules.update(dict.fromkeys(['tensorflow', 'keras', 'registry'])); "
    run = f"{guard}exec({code!r}); assert outputs['beta'].shape == (10, 1), outputs['beta'].shape"
    done = subprocess.run([sys.executable, "-c", run], cwd=onnx.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_output_that_hands_on_an_input_has_a_name_of_its_own(onnx: Path) -> None:
    page = onnx.with_suffix(".md").read_text()
    assert "| `energy` | float32 [any, 1] |" in page
    assert "| `energy_out` | float32 [any, 1] |" in page
    assert "opset 18" in page
    assert "| 20 |" in page


def test_a_folder_of_triton_is_accepted_by_its_schema(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx")
    place = tmp_path / "shower_network"
    assert main([str(model), "-o", str(place), "--format", "triton", "--hits", "1"]) == 0
    text = (place / "config.pbtxt").read_text()
    config = pytest.importorskip("tritonclient.grpc.model_config_pb2").ModelConfig()
    from google.protobuf import text_format

    text_format.Parse(text, config)
    assert config.name == "shower_network"
    assert config.max_batch_size == 0
    assert [item.name for item in config.input] == ["features", "energy", "row_splits"]
    assert list(config.input[0].dims) == [-1, 3]
    assert (place / "1" / "model.onnx").is_file()
    assert "client.infer('shower_network', inputs)" in (place / "README.md").read_text()


@pytest.mark.long
def test_a_saved_model_runs_without_this_package_and_takes_the_place_of_an_export_alone(
    model: Path, tmp_path: Path
) -> None:
    place = tmp_path / "saved"
    assert main([str(model), "-o", str(place), "--format", "savedmodel", "--hits", "1"]) == 0
    assert (place / "saved_model.pb").is_file()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else than an export"):
        main([str(model), "-o", str(tmp_path / "mine"), "--format", "savedmodel"])


def test_an_export_that_says_something_else_is_not_given_out(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tf2onnx")

    def other(code: str, arguments: list[str], given: list[dict[str, np.ndarray]], *more: object) -> BareRun:
        return BareRun([{} for _ in given], [0.0 for _ in given])

    monkeypatch.setattr(proving, "run_bare", other)
    with pytest.raises(RunError, match="the export is not the model, and is not given out"):
        main([str(model), "-o", str(tmp_path / "model.onnx"), "--format", "onnx"])
    assert not list(tmp_path.iterdir())


def test_a_format_that_is_not_there_is_named_with_those_that_are(model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'onnx'"):
        main([str(model), "-o", str(tmp_path / "model.onnx"), "--format", "onxx"])


def test_a_missing_package_names_the_line_that_installs_it(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registry.exporting import exporting

    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'registry\[export\]'"):
        main([str(model), "-o", str(tmp_path / "model.onnx"), "--format", "onnx"])


REFUSED = """
import registry


@registry.block(inputs={"x": "hits features"}, outputs={"x": "hits features"})
def by_python(x):
    \"\"\"Twice the values, by Python.\"\"\"
    import tensorflow as tf
    from keras import layers

    class ByPython(layers.Layer):
        def call(self, x):
            made = tf.py_function(lambda values: values * 2, [x], tf.float32)
            return tf.ensure_shape(made, x.shape)

    return ByPython()(x)


@registry.block(inputs={"x": "hits features"}, outputs={"x": "hits features"})
def log_gamma(x):
    \"\"\"The logarithm of the gamma function of the values.\"\"\"
    import tensorflow as tf
    from keras import layers

    class LogGamma(layers.Layer):
        def call(self, x):
            return tf.math.lgamma(x)

    return LogGamma()(x)
"""


def exportable_with(block: str, folder: Path) -> Exportable:
    """Return a network with a node `odd` of a plugin's block in a group, ready to be written."""
    from registry.compiling.model import compile_graph
    from registry.exporting.exportable import exportable
    from registry.wiring.opening import open_graph

    (folder / "odd.py").write_text(REFUSED)
    before = "dense: {use: dense_loop, in: event.features"
    after = f"odd: {{use: {block}, in: {{x: event.features}}}}\n  dense: {{use: dense_loop, in: odd"
    write_graph(folder, (before, after))
    compiled = compile_graph(open_graph(str(folder / "graph.yaml"), plugins=[str(folder / "odd.py")]))
    assert compiled.inference is not None
    return exportable(compiled.inference, "net")


def test_a_node_that_calls_python_is_refused_in_every_format(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^odd: cannot be exported: it calls Python \(EagerPyFunc\)\n"):
        exportable_with("by_python", tmp_path)


def test_a_node_that_onnx_has_no_operation_for_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx")
    from registry.plugins.exporters.onnx.block import Onnx

    network = exportable_with("log_gamma", tmp_path)
    with pytest.raises(InputError, match=r"^odd: cannot be exported: ONNX has no operation Lgamma\n"):
        Onnx(Onnx.Params()).write(network, tmp_path / "odd.onnx")
    assert not (tmp_path / "odd.onnx").exists()


def test_a_distance_is_in_units_of_the_largest_value_and_infinite_for_another_shape() -> None:
    wanted = {"x": np.array([0.0, 100.0]), "y": np.zeros((0, 2))}
    assert distances(wanted, {"x": np.array([1.0, 100.0]), "y": np.zeros((0, 2))}) == {"x": 0.01, "y": 0.0}
    assert distances(wanted, {"x": np.zeros(3)}) == {"x": np.inf, "y": np.inf}
