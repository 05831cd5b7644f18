"""A saved model carries the plugins it needs: they are found where they lay, named, or taken from the file."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from registry.compiling.carried import MEMBER, add_plugins, carried
from registry.compiling.model import compile_graph
from registry.compiling.saved_model import load_model
from registry.contract.errors import InputError
from registry.loading.kept import KEPT
from registry.wiring.opening import open_graph
from tests.loading.test_places import plugin, write

LAYER = """
import keras
from helpers import FACTOR
from registry.contract.layer import BlockLayer


@keras.saving.register_keras_serializable({package!r})
class Layer(BlockLayer):
    def call(self, x):
        return x * FACTOR
"""

GRAPH = """
name: carried
plugins: [{plugins}]
blocks:
  event: {{use: showers}}
{nodes}
outputs: {{x: {last}, row_splits: event.row_splits}}
"""


def times(folder: Path, name: str, factor: float, package: str = "") -> str:
    """Write a plugin whose layer multiplies by a number that stands in a helper file."""
    write(folder, layers=LAYER.format(package=package or name), helpers=f"FACTOR = {factor}")
    return plugin(folder, name)


def graph(folder: Path, *names: str, plugins: list[str]) -> Path:
    sources = ["event.features", *names]
    nodes = "\n".join(f"  {name}: {{use: {name}, in: {source}}}" for name, source in zip(names, sources, strict=False))
    file = folder / "graph.yaml"
    file.write_text(GRAPH.format(plugins=", ".join(plugins), nodes=nodes, last=names[-1]))
    return file


def saved(file: Path, path: Path) -> Path:
    """Compile a graph and save its inference model, with its plugins."""
    compiled = compile_graph(open_graph(str(file)))
    assert compiled.inference is not None
    compiled.inference.save(path)
    add_plugins(path, compiled.checked)
    return path


def factor(model: keras.Model) -> float:
    """Return by what a model multiplies."""
    feed = {
        name: np.ones((3, tensor.shape[-1]), tensor.dtype) for name, tensor in model.input.items() if "row" not in name
    }
    splits = {name: np.array([0, 3], np.int32) for name in model.input if "row" in name}
    return float(np.asarray(model({**feed, **splits})["x"])[0, 0])


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    return tmp_path / "theirs"


@pytest.fixture
def model(tmp_path: Path, theirs: Path) -> Path:
    file = graph(tmp_path, "doubled", plugins=[times(theirs, "doubled", 2.0)])
    return saved(file, tmp_path / "model.keras")


def test_a_plugin_is_found_where_it_lay_and_that_is_said(
    model: Path, theirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert factor(load_model(model)) == 2
    said = capsys.readouterr().err
    assert f"{theirs}/doubled_blocks.py, as it was saved" in said


def test_a_plugin_that_is_gone_is_named_with_its_block_and_its_place(model: Path, theirs: Path) -> None:
    shutil.rmtree(theirs)
    with pytest.raises(InputError) as caught:
        load_model(model)
    (problem,) = caught.value.problems
    assert problem.message == (
        f"{model} needs the block 'doubled' of the plugin '{theirs}/doubled_blocks.py'; "
        f"{theirs}/doubled_blocks.py is not there any more"
    )
    assert "plugins=['.../doubled_blocks.py']" in problem.hint


def test_a_helper_that_has_changed_is_named(model: Path, theirs: Path) -> None:
    write(theirs, helpers="FACTOR = 3")
    with pytest.raises(InputError, match=r"has changed since: helpers\.py"):
        load_model(model)


def test_the_copy_in_the_file_is_used_where_it_is_asked_for(model: Path, theirs: Path) -> None:
    write(theirs, helpers="FACTOR = 3")
    assert factor(load_model(model, [KEPT])) == 2
    shutil.rmtree(theirs)
    assert factor(load_model(model, [KEPT])) == 2


def test_a_plugin_in_another_folder_is_taken_if_it_is_given(
    model: Path, theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.rename(tmp_path / "moved")
    assert factor(load_model(model, [str(tmp_path / "moved" / "doubled_blocks.py")])) == 2
    assert not capsys.readouterr().err


def test_a_plugin_that_is_given_and_differs_is_said_to(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = times(tmp_path / "other", "doubled", 4.0)
    assert factor(load_model(model, [other])) == 4
    assert "is not as it was when the model was saved: helpers.py" in capsys.readouterr().err


def test_keras_reads_the_file_as_before(model: Path) -> None:
    assert factor(keras.models.load_model(model, compile=False)) == 2


def test_a_model_of_built_in_blocks_carries_nothing(tmp_path: Path) -> None:
    file = tmp_path / "plain.yaml"
    file.write_text("name: plain\nblocks: {event: {use: showers}}\noutputs: {x: event.features}\n")
    path = saved(file, tmp_path / "plain.keras")
    assert carried(path).plugins == []
    with zipfile.ZipFile(path) as archive:
        assert MEMBER not in archive.namelist()


def test_a_file_that_is_no_model_carries_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_text("none")
    assert carried(tmp_path / "model.keras").plugins == []


def test_two_plugins_of_one_file_name_are_carried_and_read_back(tmp_path: Path) -> None:
    plugins = [times(tmp_path / name, name, value) for name, value in (("by_two", 2.0), ("by_five", 5.0))]
    path = saved(graph(tmp_path, "by_two", "by_five", plugins=plugins), tmp_path / "both.keras")
    for name in ("by_two", "by_five"):
        shutil.rmtree(tmp_path / name)
    assert factor(load_model(path, [KEPT])) == 10


def test_two_classes_that_keras_knows_by_one_name_are_an_error_that_names_both(tmp_path: Path) -> None:
    plugins = [times(tmp_path / name, name, 2.0, package="group") for name in ("left", "right")]
    with pytest.raises(InputError) as caught:
        compile_graph(open_graph(str(graph(tmp_path, "left", "right", plugins=plugins))))
    text = str(caught.value)
    assert "both registered with Keras as 'group>Layer'" in text
    assert f"{tmp_path}/left/layers.py" in text
    assert f"{tmp_path}/right/layers.py" in text


def test_two_versions_of_a_project_are_used_in_one_process(tmp_path: Path) -> None:
    models = []
    for name, value in (("before", 2.0), ("after", 3.0)):
        file = graph(tmp_path, "versioned", plugins=[times(tmp_path / name, "versioned", value)])
        models.append(saved(file, tmp_path / f"{name}.keras"))
    assert [factor(load_model(path)) for path in models] == [2, 3]


def test_a_graph_whose_plugin_has_changed_since_it_was_loaded_is_not_compiled(tmp_path: Path) -> None:
    file = graph(tmp_path, "edited", plugins=[times(tmp_path / "theirs", "edited", 2.0)])
    checked = open_graph(str(file))
    assert compile_graph(checked).inference is not None
    write(tmp_path / "theirs", helpers="FACTOR = 3.0")
    with pytest.raises(InputError, match=r"changed since the graph was loaded: .*/theirs/helpers\.py"):
        compile_graph(checked)
    assert factor(load_model(saved(file, tmp_path / "model.keras"))) == 3
