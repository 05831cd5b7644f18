"""A loader of a plugin that does not keep its contract: the message names the loader, the file, the line."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import numpy as np
import pytest

import registry
from registry.check import main
from registry.console.command import run_command
from registry.contract.errors import InputError

PLUGIN = '''
import numpy as np

from registry import BlockParams, DataError, Loader, Port, Preview, hookimpl, param

SPLITS = Port("row_splits", "events+1 -> hits", "where each event starts", "int32")


class LabEvents:
    def sizes(self, part):
        return np.full(3, 4)

    def read(self, part, events, epoch):
        hits = 4 * len(events)
        splits = np.arange(len(events) + 1) * 4
        return {"features": np.ones((hits, 2)), "energy": np.ones((hits, 1)), "row_splits": splits}

    def describe(self, part, event):
        return f"{part} event {event}"

    def fingerprint(self):
        return "lab"
#SOURCE#


class Lab(Loader):
    """Events of the lab."""

    name = "lab"
    outputs = (Port("features", "hits 2", "f", default=True), Port("energy", "hits 1", "GeV"), SPLITS)

    class Params(BlockParams):
        """Where they lie."""

        folder: str = param("", "the folder", path=True)

    def open(self, seed):
        return LabEvents()
#LOADER#


@hookimpl
def register_blocks():
    return [Lab]
'''

GRAPH = """name: lab
plugins: [lab.py]
blocks:
  event:
    use: lab
    with: {folder: "FOLDER"}
  dense: {use: dense_loop, in: event.features, with: {units: [2]}}
outputs: {x: dense}
"""


def written(folder: Path, source: str = "", loader: str = "", place: str = "") -> str:
    text = PLUGIN.replace("#SOURCE#", indent(source, "    ")).replace("#LOADER#", indent(loader, "    "))
    (folder / "lab.py").write_text(text)
    (folder / "graph.yaml").write_text(GRAPH.replace("FOLDER", place))
    return str(folder / "graph.yaml")


def told(graph: str) -> tuple[str, str]:
    """Return the one problem as it is shown, and the line of code that it points at."""
    with pytest.raises(InputError) as caught:
        registry.load(graph).source()
    (problem,) = caught.value.problems
    assert problem.node == "event"
    assert problem.hint
    place = problem.origin
    assert place is not None
    line = Path(place.file).read_text().splitlines()[place.line - 1] if place.line else ""
    return f"{problem.message}\n{problem.hint}", line.strip()


def test_a_loader_that_keeps_its_contract_is_read(tmp_path: Path) -> None:
    source = registry.load(written(tmp_path)).source()
    columns = source.read("train", np.array([2, 0]), None)
    assert {name: column.dtype for name, column in columns.items()} == {
        "features": np.float32,
        "energy": np.float32,
        "row_splits": np.int32,
    }


SIZES = {
    "return None": "returned None",
    "return 'many'": "returned 'many' (str)",
    "yield 4": "generator",
    "return {'a': 4}": "returned {'a': 4} (dict)",
    "return np.ones((3, 2))": "(ndarray)",
    "return [4.5, 4]": "returned [4.5, 4] (list)",
    "return [4, -2, 4]": "returned -2 hits for event 1",
    "return [4, [4, 4]]": "returned [4, [4, 4]] (list)",
    "return np.array(['a'])": "(ndarray)",
    "return 1 / 0": "raised ZeroDivisionError",
    "raise SystemExit(3)": "raised SystemExit: 3",
}


@pytest.mark.parametrize("body", SIZES)
def test_sizes_that_are_none(tmp_path: Path, body: str) -> None:
    message, line = told(written(tmp_path, f"def sizes(self, part):\n    {body}"))
    assert message.startswith("loader 'lab': sizes('train') ")
    assert SIZES[body] in message
    assert "expected" in message
    assert line == (body if "raised" in SIZES[body] else "def sizes(self, part):")


COLUMNS = {
    "return None": "returned None",
    "yield 'text'": "generator",
    "return [1, 2]": "returned [1, 2] (list)",
    "columns.pop('energy')": "returned no column 'energy'\nit returned: features, row_splits",
    "columns.pop('row_splits')": "returned no column 'row_splits'",
    "columns['features'] = np.ones((4, 3))": "'features' has the shape [4, 3], expected [4, 2]",
    "columns['features'] = np.ones((5, 2))": "'features' has the shape [5, 2], expected [4, 2]",
    "columns['energy'] = np.ones(4)": "'energy' has the shape [4], expected [4, 1]",
    "columns['energy'] = np.full((4, 1), 'x')": "'energy': expected numbers, received dtype <U1",
    "columns['energy'] = np.full((4, 1), 1j)": "'energy': expected numbers, received dtype complex128",
    "columns['energy'] = np.full((4, 1), None)": "'energy' is no array of numbers, but ndarray",
    "columns['energy'] = (x for x in range(4))": "'energy' is no array of numbers, but generator",
    "columns['energy'] = np.full((4, 1), 1e39)": "'energy' is 1e+39 in row 0 of train event 0",
    "columns['energy'] = np.ma.array(np.ones((4, 1)), mask=[[1], [0], [0], [0]])": "'energy' is a masked array",
    "columns['energy'] = [[1], [2, 3], [1], [1]]": "'energy' is no array",
    "columns['row_splits'] = np.array([0, 5])": "row_splits goes from 0 to 5 at event 0",
    "columns['row_splits'] = np.array([4, 0])": "row_splits starts at 4",
    "columns['row_splits'] = np.array([0, 2, 4])": "row_splits has the shape [3], expected [2] for 1 events",
    "columns['row_splits'] = np.array([0, 3.5])": "'row_splits' is 3.5 in position 1",
    "columns[0] = columns['none']": "raised KeyError: 'none'",
}


@pytest.mark.parametrize("body", COLUMNS)
def test_columns_that_are_not_what_is_declared(tmp_path: Path, body: str) -> None:
    changed = f"""
def read(self, part, events, epoch):
    columns = LabEvents.read(self, part, events, epoch)
    {body}
    return columns
"""
    graph, file = written(tmp_path), tmp_path / "lab.py"
    text = file.read_text().replace("class Lab(", f"class Changed(LabEvents):{indent(changed, '    ')}\n\nclass Lab(")
    file.write_text(text.replace("return LabEvents()", "return Changed()"))
    message, line = told(graph)
    assert message.startswith("loader 'lab': read('train', ...) ")
    assert COLUMNS[body] in message
    assert line == (body if "raised" in COLUMNS[body] else "def read(self, part, events, epoch):")


OPEN = {
    "return None": "open() returned None",
    "return LabEvents": "open() returned the class LabEvents",
    "return {'features': np.ones(3)}": "(dict)",
    "return open('/nowhere/at.all')": "open() raised FileNotFoundError",
    "raise SystemExit('no data')": "open() raised SystemExit: no data",
}


@pytest.mark.parametrize("body", OPEN)
def test_an_open_that_fails_or_returns_no_source(tmp_path: Path, body: str) -> None:
    message, line = told(written(tmp_path, loader=f"def open(self, seed):\n    {body}"))
    assert OPEN[body] in message
    assert line in (body, "def open(self, seed):", "def sizes(self, part):")


@pytest.mark.parametrize("method", ["describe", "fingerprint"])
def test_a_name_that_is_no_text(tmp_path: Path, method: str) -> None:
    arguments = "self, part, event" if method == "describe" else "self"
    source = f"def {method}({arguments}):\n    return 3"
    with pytest.raises(InputError, match=rf"{method}\(.*returned 3 \(int\)"):
        registry.load(written(tmp_path, source)).source().fingerprint()


def test_data_that_cannot_be_used_are_shown_at_their_parameter(tmp_path: Path) -> None:
    body = "raise DataError('nothing in it', 'folder', 'fill it')"
    (tmp_path / "here").mkdir()
    message, line = told(written(tmp_path, loader=f"def open(self, seed):\n    {body}", place="here"))
    assert message == "nothing in it\nfill it"
    assert line == 'with: {folder: "here"}'


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "run_2030").mkdir()
    message, line = told(written(tmp_path, place="run_2031"))
    assert message == f"parameter 'folder': {str(tmp_path / 'run_2031')!r} does not exist\ndid you mean 'run_2030'?"
    assert line == 'with: {folder: "run_2031"}'


PORTS = {
    'Port("features", "hits features", "f", default=True), SPLITS': "nothing says how long 'features' is",
    'Port("features", "hit 2", "f", default=True), SPLITS': "its rows are not those that row_splits cuts",
    'Port("features", "2", "f", default=True), SPLITS': "its rows are not those that row_splits cuts",
    'Port("features", "hits 2", "f", default=True)': "it declares no output 'row_splits'",
    'Port("features", "hits 2", "f", default=True), Port("row_splits", "rows -> hits", "", "int32")': "'row_splits' is",
    'Port("features", "hits 2", "f", default=True), Port("row_splits", "events+1", "", "int32")': "'row_splits' is",
    'Port("features", "hits 2", "f", default=True), Port("row_splits", "events+1 -> hits", "")': "'row_splits' is",
}


@pytest.mark.parametrize("ports", PORTS)
def test_ports_that_cannot_be_batched(tmp_path: Path, ports: str) -> None:
    graph = written(tmp_path)
    file = tmp_path / "lab.py"
    before = 'Port("features", "hits 2", "f", default=True), Port("energy", "hits 1", "GeV"), SPLITS'
    file.write_text(file.read_text().replace(before, f"{ports},"))
    message, line = told(graph)
    assert message.startswith("loader 'lab': it")
    assert PORTS[ports] in message
    assert line == f"outputs = ({ports},)"


def test_a_width_that_output_types_binds_is_known(tmp_path: Path) -> None:
    loader = """def output_types(self, inputs, bindings, node):
    bindings.sizes["width"] = 2
    return super().output_types(inputs, bindings, node)
"""
    graph = written(tmp_path, loader=loader)
    file = tmp_path / "lab.py"
    file.write_text(file.read_text().replace('"hits 2"', '"hits width"'))
    assert registry.load(graph).source().sizes("train").tolist() == [4, 4, 4]


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_part_without_a_single_hit(tmp_path: Path, part: str) -> None:
    message, _ = told(written(tmp_path, f"def sizes(self, part):\n    return [0, 0] if part == {part!r} else [4]"))
    name = "training" if part == "train" else part
    assert message.startswith(f"every one of the 2 {name} events is empty, without a hit; the first: {part} event 0")


def test_training_without_events(tmp_path: Path) -> None:
    message, _ = told(written(tmp_path, "def sizes(self, part):\n    return [4] if part == 'test' else []"))
    assert message.startswith("there are no training events")


def test_a_source_that_fails_later_is_named_too(tmp_path: Path) -> None:
    source = registry.load(
        written(tmp_path, "def original(self, part, events):\n    return {'truth_index': events[7]}")
    ).source()
    with pytest.raises(InputError, match=r"original.*raised IndexError"):
        source.original("train", np.arange(2))


def test_events_of_two_parts_with_one_name_are_doubted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = "doubts = ('the third crystal is dead',)\ndef describe(self, part, event):\n    return f'event {event}'"
    assert run_command(lambda: main([written(tmp_path, source), "--data"])) == 0
    shown = capsys.readouterr().err
    assert "warning: event: 3 training events have the names of validation events: 'event 0'" in shown
    assert "warning: event: the third crystal is dead" in shown


TRAINED = (
    "Training: [{batch_size: 10, learning_rate: 1.0e-3, epochs: 1}, {batch_size: 3, learning_rate: 1.0, epochs: 1}]"
)


@pytest.mark.parametrize("how", [["--data"], []])
def test_check_finds_an_event_larger_than_a_batch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: list[str]
) -> None:
    quick = "" if how else "def preview(self, seed, batch_size):\n    return Preview(LabEvents(), True)"
    graph, options = written(tmp_path, loader=quick), tmp_path / "options.yaml"
    options.write_text(TRAINED)
    assert run_command(lambda: main([graph, "--config", str(options), *how])) == 2
    first, *_ = capsys.readouterr().err.splitlines()
    place = f"{options}:1:{TRAINED.rindex('batch_size: 3') + len('batch_size: ') + 1}"
    assert first == (
        f"{place}: Training.1: train event 0 has 4 hits, more than batch_size 3 (which counts hits), "
        "and 8 more events are"
    )


def test_check_opens_no_loader_that_may_be_slow(tmp_path: Path) -> None:
    graph = written(tmp_path, loader="def open(self, seed):\n    raise RuntimeError('slow')")
    assert run_command(lambda: main([graph])) == 0
    assert run_command(lambda: main([graph, "--data"])) == 2


def test_check_finds_an_event_of_a_file_larger_than_a_batch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "events.npz", row_splits=[0, 2, 9, 10, 11], **dict.fromkeys("exyz", np.ones(11)))
    (tmp_path / "graph.yaml").write_text(
        """name: lab
config: options.yaml
blocks:
  event:
    use: arrays
    with:
      file: events.npz
      columns: {features: [e], energy: e, coordinates: [x, y, z]}
      split: {train: 0.5, validation: 0.5, test: 0}
  dense: {use: dense_loop, in: event.features, with: {units: [2]}}
outputs: {x: dense}
"""
    )
    (tmp_path / "options.yaml").write_text("Training: [{batch_size: 6, learning_rate: 1.0e-3, epochs: 1}]")
    assert run_command(lambda: main([str(tmp_path / "graph.yaml")])) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"{tmp_path / 'options.yaml'}:1:25: Training.0: events.npz event 1 has 7 hits, more than")
