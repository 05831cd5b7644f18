"""Blocks that are defined in a notebook: known to graphs, kept as text, told from what they are defined as later."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import registry
from registry.contract.errors import InputError
from registry.contract.function_registry import FUNCTIONS
from registry.loading import blocks
from registry.loading.session import missing_of, session_text
from registry.wiring.fingerprints import fingerprints

GRAPH = """
name: of_a_session
blocks:
  event: {use: showers, with: {train_events: 2, validation_events: 1, test_events: 1}}
  wide: {use: widen, in: event.features}
outputs: {y: wide}
"""
HEAD = "from typing import Annotated\n\nimport registry\n"
WIDEN = '''
@registry.block(inputs={"x": "hits features"}, outputs={"y": "hits {units}"})
def widen(x, units: Annotated[int, "columns that come out"] = 8):
    """A dense layer."""
    import keras

    return keras.layers.Dense(units, "relu")(x)
'''
Cell = Callable[[str], dict[str, Any]]


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cell]:
    """Runs a cell of a notebook; what cells define is forgotten afterwards."""
    monkeypatch.setattr(FUNCTIONS, "_known", {})
    names: dict[str, Any] = {"__name__": "__main__"}
    files: list[str] = []

    def run(text: str) -> dict[str, Any]:
        # As IPython does, so that the text of a function can be found.
        files.append(f"<cell {len(files)}>")
        linecache.cache[files[-1]] = (len(text), None, text.splitlines(keepends=True), files[-1])
        exec(compile(text, files[-1], "exec"), names)
        return names

    yield run
    for file in files:
        linecache.cache.pop(file, None)


@pytest.fixture
def graph(tmp_path: Path) -> str:
    (tmp_path / "graph.yaml").write_text(GRAPH)
    return str(tmp_path / "graph.yaml")


def test_a_function_of_a_cell_is_a_block_of_graphs_that_are_loaded_afterwards(cell: Cell, graph: str) -> None:
    with pytest.raises(InputError, match="widen"):
        registry.load(graph)
    cell(HEAD + WIDEN)
    assert registry.load(graph).nodes["wide"].types["y"].features == 8


def test_the_text_holds_all_that_the_function_uses_and_is_a_plugin(cell: Cell, graph: str, tmp_path: Path) -> None:
    cell("import numpy as np\nfrom pathlib import PurePath as Pure\n\nSLOPE = {'a': [0.5, None]}\nUNUSED = 3\n")
    cell("def helper(x):\n    return np.asarray(SLOPE['a'][0]) * x if Pure('a').name else x\n")
    cell(HEAD + WIDEN.replace("return keras", "return helper(1.0) * keras"))
    checked = registry.load(graph).checked
    text = session_text(checked.registry, checked.block_names)
    assert (text.blocks, text.missing) == (("widen",), ())
    assert "UNUSED" not in text.text
    file = tmp_path / "kept.py"
    file.write_text(text.text)
    again = blocks.load_registry([(str(file), None)])
    assert again.provider("widen") == str(file)


def test_values_that_no_text_can_say_are_named(cell: Cell, graph: str) -> None:
    cell("import numpy as np\n\nTABLE = np.arange(3.0)\n")
    cell(HEAD + WIDEN.replace("(x)\n", "(x) * float(TABLE[1])\n"))
    checked = registry.load(graph).checked
    assert session_text(checked.registry, checked.block_names).missing == ("TABLE",)


def test_a_graph_that_was_loaded_before_a_cell_was_run_again_cannot_be_compiled(cell: Cell, graph: str) -> None:
    cell(HEAD + WIDEN)
    before = registry.load(graph)
    cell(WIDEN.replace("relu", "tanh"))
    with pytest.raises(InputError, match="block 'widen': its function was defined anew since the graph was loaded"):
        before.compile()
    assert registry.load(graph).compile().inference is not None


def test_another_function_and_another_helper_are_other_code(cell: Cell, graph: str) -> None:
    found = []
    cell("SLOPE = 1.0\n" + HEAD)
    text = WIDEN.replace("(x)\n", "(x) * SLOPE\n")
    for change in (text, text, text.replace("relu", "tanh"), "SLOPE = 2.0\n"):
        cell(change)
        found.append(fingerprints(registry.load(graph).checked).code)
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_a_plugin_with_a_block_of_that_name_comes_first(cell: Cell, graph: str, tmp_path: Path) -> None:
    cell(HEAD + WIDEN)
    (tmp_path / "own.py").write_text(HEAD + WIDEN.replace("= 8", "= 3"))
    loaded = registry.load(graph, plugins=[str(tmp_path / "own.py")])
    assert loaded.nodes["wide"].types["y"].features == 3


DECORATED = '@registry.block(inputs={"x": "hits features"}, outputs={"y": "hits features"})\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "widen = registry.block(inputs={'x': 'hits features'}, outputs={'y': 'hits features'})(lambda x: x)",
            "a lambda has no docstring",
        ),
        (
            "def around(n):\n    @registry.block(inputs={'x': 'hits 1'}, outputs={'y': 'hits 1'})\n"
            "    def widen(x):\n        '''Times n.'''\n        return n * x\n\n\naround(3)",
            r"uses 'n' of the function around it; expected a parameter: `n: Annotated\[float",
        ),
        (
            DECORATED + "def widen(x, table: Annotated[object, 'a table'] = object()):\n    '''Adds.'''\n    return x",
            r"the default of 'table' is <object object at .* \(object\); expected what a graph can state",
        ),
        (
            "import numpy as np\n\n" + DECORATED + "def widen(x, table: Annotated[np.ndarray, 'a table'] = None):\n"
            "    '''Adds.'''\n    return x",
            "a parameter has a type that no graph can state",
        ),
        (DECORATED + "def widen(x, *more):\n    '''Adds.'''\n    return x", r"the function takes `\*more`"),
        (DECORATED + "class Widen:\n    '''A class.'''", "expected a function of Keras tensors"),
    ],
)
def test_functions_that_cannot_be_blocks_say_why(cell: Cell, text: str, message: str) -> None:
    cell(HEAD)
    with pytest.raises(TypeError, match=message):
        cell(text)


def test_a_module_that_is_imported_around_a_function_is_no_value(cell: Cell) -> None:
    text = "def around():\n    import math\n\n"
    inner = WIDEN.strip().replace("units, ", "math.ceil(units), ").splitlines()
    cell(HEAD + text + "\n".join(f"    {line}".rstrip() for line in inner) + "\n\n    return widen\n\n\naround()\n")


@pytest.mark.long
def test_a_model_with_a_function_of_a_session_is_loaded_with_its_kept_text(
    cell: Cell, graph: str, tmp_path: Path
) -> None:
    import subprocess
    import sys

    from registry.training.saving import save_model

    cell(HEAD + WIDEN)
    loaded = registry.load(graph)
    model = loaded.compile().inference
    assert model is not None
    save_model(model, tmp_path / "model.keras", {}, loaded.checked)
    code = "import sys, registry; print(registry.load_model(sys.argv[1], plugins=sys.argv[2:]).count_params())"
    command = [sys.executable, "-c", code, str(tmp_path / "model.keras")]
    done = subprocess.run([*command, "kept"], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(model.count_params()), done.stderr
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "needs the block 'widen' of the plugin 'defined_in_session.py'" in refused.stderr


def test_the_kept_text_is_the_same_code_and_says_what_it_does_without(cell: Cell, graph: str, tmp_path: Path) -> None:
    cell("import numpy as np\n\nTABLE = np.arange(3.0)\n")
    cell(HEAD + WIDEN.replace("(x)\n", "(x) * float(TABLE[1])\n"))
    before = registry.load(graph).checked
    text = session_text(before.registry, before.block_names).text
    assert missing_of(text) == "TABLE"
    (tmp_path / "defined_in_session.py").write_text(text)
    code = fingerprints(before).code
    FUNCTIONS._known.clear()
    after = registry.load(graph, plugins=[str(tmp_path / "defined_in_session.py")]).checked
    assert fingerprints(after).code == code


def test_a_module_of_no_package_is_named_for_its_file_is_not_kept(
    cell: Cell, graph: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside_the_notebook.py").write_text("def half(x):\n    return x / 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    cell("from beside_the_notebook import half\n" + HEAD + WIDEN.replace("return keras", "return half(1.0) * keras"))
    checked = registry.load(graph).checked
    assert session_text(checked.registry, checked.block_names).missing == ("the module beside_the_notebook",)
