"""A trained network becomes a file that runs without this package, and is the same network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from registry.contract.bare import BareRun
from registry.contract.errors import InputError, RunError
from registry.contract.exporter import Exportable, Tensor
from registry.export import main
from registry.exporting import proving
from registry.exporting.trials import distances
from tests.inference.graphs import write_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def onnx(model: Path) -> Path:
    pytest.importorskip("tf2onnx")
    place = model.with_name("network.onnx")
    assert main([str(model), "-o", str(place), "--format", "onnx", "--hits", "1,20"]) == 0
    return place


def test_the_request_of_the_page_runs_with_onnxruntime_alone(onnx: Path) -> None:
    page = onnx.with_suffix(".md").read_text()
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    assert len(code.splitlines()) <= 40
    assert set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)) == {"numpy", "onnxruntime"}
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


def test_what_cannot_be_exported_is_refused_by_node_and_reason() -> None:
    network = Exportable(
        "net", lambda: None, None, (), (Tensor("x", "float32", (None, 1)),), ("a.0.near", "a.0.near.x")
    )
    operation = "net_1/a.0.near_1/EagerPyFunc"
    assert str(network.refused({operation: "it calls Python (EagerPyFunc)"}, "another way")).startswith(
        "a.0.near: cannot be exported: it calls Python (EagerPyFunc)\n  another way"
    )


def test_a_distance_is_in_units_of_the_largest_value_and_infinite_for_another_shape() -> None:
    wanted = {"x": np.array([0.0, 100.0]), "y": np.zeros((0, 2))}
    assert distances(wanted, {"x": np.array([1.0, 100.0]), "y": np.zeros((0, 2))}) == {"x": 0.01, "y": 0.0}
    assert distances(wanted, {"x": np.zeros(3)}) == {"x": np.inf, "y": np.inf}
