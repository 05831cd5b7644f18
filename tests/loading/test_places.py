"""A plugin's code is identified by its place: beside the plugin, whatever else has the name."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from registry.contract.block import Block, load_layer
from registry.contract.errors import InputError
from registry.loading.blocks import load_registry
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph

BLOCK = """
from registry.contract.block import Block, Port
from registry.contract.hooks import hookimpl
{imports}

class Declared(Block):
    '''Gives what it takes.'''

    name = {name!r}
    kind = "layer"
    layer = {layer!r}
    inputs = (Port("x", "hits features"),)
    outputs = (Port("x", "hits features"),)


@hookimpl
def register_blocks():
    return [Declared]
"""


def plugin(folder: Path, name: str, imports: str = "", layer: str = "layers:Layer", file: str = "") -> str:
    """Write a plugin file into a folder, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (file or f"{name}_blocks.py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(BLOCK.format(name=name, imports=imports, layer=layer))
    return str(path)


def layer_of(name: str, *plugins: str) -> type:
    """Load plugins, and return the layer of a block."""
    return load_layer(loaded(name, *plugins))  # type: ignore[no-any-return]


def loaded(name: str, *plugins: str) -> type[Block]:
    return load_registry([(item, None) for item in plugins]).blocks[name]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder that Python searches, as it does with `python -m`."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    return folder


def test_two_plugins_have_each_the_layer_and_the_helper_beside_it(tmp_path: Path) -> None:
    for name, factor in (("alice", 2), ("bob", 5)):
        write(
            tmp_path / name, layers="from utils import FACTOR\nclass Layer: factor = FACTOR", utils=f"FACTOR={factor}"
        )
    plugins = [plugin(tmp_path / name, name) for name in ("alice", "bob")]
    assert [layer_of(name, *plugins).factor for name in ("alice", "bob")] == [2, 5]  # type: ignore[attr-defined]


def test_two_plugin_files_of_one_name_are_both_loaded(tmp_path: Path) -> None:
    for name in ("alice", "bob"):
        write(tmp_path / name, layers=f"class Layer: owner = {name!r}")
    plugins = [plugin(tmp_path / name, name, file="blocks.py") for name in ("alice", "bob")]
    assert [layer_of(name, *plugins).owner for name in ("alice", "bob")] == ["alice", "bob"]  # type: ignore[attr-defined]


def test_neither_the_working_folder_nor_an_earlier_import_is_taken_instead(desk: Path, tmp_path: Path) -> None:
    write(desk, layers_of_desk="class Layer: where = 'desk'")
    importlib.import_module("layers_of_desk")
    write(tmp_path / "plugin", layers_of_desk="class Layer: where = 'plugin'")
    path = plugin(tmp_path / "plugin", "shadowed", layer="layers_of_desk:Layer")
    try:
        assert layer_of("shadowed", path).where == "plugin"  # type: ignore[attr-defined]
    finally:
        del sys.modules["layers_of_desk"]


@pytest.mark.parametrize(
    "statement",
    [
        "import helpers.inner as found",
        "from helpers import inner as found",
        "from helpers.inner import VALUE; import helpers.inner; found = helpers.inner",
        "from .helpers import inner as found",
        "from . import helpers; from .helpers import inner as found",
        "import loose.inner as found",
        "from loose import inner as found",
    ],
)
def test_helpers_are_found_by_every_form_of_import(statement: str, tmp_path: Path) -> None:
    write(tmp_path, helpers__inner="from . import other\nVALUE = 3", helpers__other="", layers="")
    write(tmp_path, loose__inner="import helpers\nVALUE = 3")
    (tmp_path / "helpers" / "__init__.py").write_text("")
    (tmp_path / "layers.py").write_text(f"{statement}\nclass Layer: value = found.VALUE")
    assert layer_of("forms", plugin(tmp_path, "forms")).value == 3  # type: ignore[attr-defined]


def test_an_import_inside_a_function_finds_the_helper_beside_the_plugin(tmp_path: Path) -> None:
    write(
        tmp_path,
        late="VALUE = 4",
        layers="class Layer:\n    def value(self):\n        import late\n        return late.VALUE",
    )
    assert layer_of("late", plugin(tmp_path, "late"))().value() == 4


@pytest.mark.parametrize(
    "statement", ["import importlib", "from importlib import import_module", "import importlib.util"]
)
def test_import_module_finds_what_an_import_statement_finds(statement: str, desk: Path, tmp_path: Path) -> None:
    call = "importlib.import_module" if statement.startswith("import") else "import_module"
    write(desk, late="VALUE = 99")
    text = f"{statement}\nclass Layer:\n    value = {call}('late').VALUE + {call}('os.path').sep.count('/')"
    write(tmp_path / "theirs", late="VALUE = 4", layers=text)
    assert layer_of("late", plugin(tmp_path / "theirs", "late")).value == 5  # type: ignore[attr-defined]
    assert importlib.import_module is sys.modules["importlib"].import_module


@pytest.mark.parametrize("layer", ["layers:Layer", ".layers:Layer"])
def test_a_file_and_a_package_of_one_name_are_an_error_that_names_both(layer: str, desk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    write(folder, layers="class Layer: pass")
    (folder / "layers").mkdir()
    (folder / "layers" / "__init__.py").write_text("class Layer: pass")
    with pytest.raises(InputError) as caught:
        checked(desk, plugin(folder, "both", layer=layer), "both")
    assert f"'layers' may mean {folder}/layers.py or {folder}/layers/__init__.py" in str(caught.value)
    with pytest.raises(ImportError, match="may mean"):
        layer_of("both", str(folder / "both_blocks.py"))


def test_a_layer_that_imports_its_block_gets_the_block_that_is_registered(tmp_path: Path) -> None:
    path = plugin(tmp_path, "circle", file="circle.py")
    write(tmp_path, layers="import circle\nclass Layer: block = circle.Declared")
    assert layer_of("circle", path).block is loaded("circle", path)  # type: ignore[attr-defined]


@pytest.mark.parametrize("layer", ["layers:Layer", "pack.layers:Layer", ".layers:Layer"])
@pytest.mark.parametrize("named", ["pack", "pack/__init__.py"])
def test_a_folder_that_is_a_package_is_a_plugin(named: str, layer: str, tmp_path: Path) -> None:
    plugin(tmp_path, "packed", "from pack import layers", layer, file="pack/__init__.py")
    write(tmp_path / "pack", layers="class Layer: value = 6")
    assert layer_of("packed", f"{tmp_path}/{named}").value == 6  # type: ignore[attr-defined]


@pytest.mark.parametrize("named", ["./pack", "../theirs/pack"])
def test_a_graph_names_a_folder_by_its_place_from_the_graph(named: str, desk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    plugin(folder, "packed", layer="pack.layers:Layer", file="pack/__init__.py")
    write(folder / "pack", layers="class Layer: value = 6")
    found = checked(folder, named, "packed")
    assert load_layer(found.registry.blocks["packed"]).value == 6


def test_a_block_that_inherits_its_layer_has_the_one_beside_its_base(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write(tmp_path / name, layers=f"class Layer: where = {name!r}")
    base = loaded("base", plugin(tmp_path / "first", "base"))
    heir = type("Heir", (base, loaded("other", plugin(tmp_path / "second", "other"))), {"name": "heir"})
    assert load_layer(heir).where == "first"


def test_a_helper_called_like_a_module_of_python_is_an_error_that_names_both(tmp_path: Path) -> None:
    write(tmp_path, queue="")
    with pytest.raises(InputError) as caught:
        load_registry([(plugin(tmp_path, "queued", "import queue"), None)])
    assert f"`import queue` may mean {tmp_path}/queue.py or Python's own module 'queue'" in str(caught.value)
    assert load_registry([(plugin(tmp_path, "queued", "from . import queue"), None)])


def test_a_helper_called_like_an_installed_module_is_an_error_that_names_both(tmp_path: Path) -> None:
    write(tmp_path, pluggy="")
    with pytest.raises(InputError) as caught:
        load_registry([(plugin(tmp_path, "plugged", "import pluggy"), None)])
    assert f"may mean {tmp_path}/pluggy.py or the installed " in str(caught.value)


def test_what_only_the_working_folder_has_is_not_taken(desk: Path, tmp_path: Path) -> None:
    write(desk, only_here="class Layer: pass")
    with pytest.raises(InputError) as caught:
        load_registry([(plugin(tmp_path, "astray", "import only_here"), None)])
    assert f"{desk}/only_here.py, in the working folder, is not meant" in str(caught.value)
    with pytest.raises(ModuleNotFoundError, match="is not meant"):
        layer_of("astray", plugin(tmp_path, "astray", layer="only_here:Layer"))


def test_a_folder_in_pythonpath_is_searched(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(desk, of_the_group="VALUE = 1")
    write(tmp_path / "group", of_the_group="VALUE = 2")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "group"), *sys.path])
    write(tmp_path / "plugin", layers="import of_the_group\nclass Layer: value = of_the_group.VALUE")
    try:
        assert layer_of("grouped", plugin(tmp_path / "plugin", "grouped")).value == 2  # type: ignore[attr-defined]
    finally:
        sys.modules.pop("of_the_group", None)


def test_a_plugin_given_as_a_module_that_two_folders_have_is_an_error_that_names_both(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (desk, tmp_path / "other"):
        plugin(folder, "doubled", file="doubled_module.py")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "other"), *sys.path])
    with pytest.raises(InputError) as caught:
        load_registry([("doubled_module", None)])
    text = str(caught.value)
    assert f"{desk}/doubled_module.py" in text
    assert f"{tmp_path}/other/doubled_module.py" in text


def test_a_changed_file_is_loaded_anew_and_what_was_loaded_before_keeps_its_code(tmp_path: Path) -> None:
    write(tmp_path, layers="class Layer: factor = 2")
    path = plugin(tmp_path, "edited")
    before = loaded("edited", path)
    assert load_layer(before).factor == 2
    write(tmp_path, layers="class Layer: factor = 3")
    assert layer_of("edited", path).factor == 3  # type: ignore[attr-defined]
    assert load_layer(before).factor == 2


def test_a_file_that_has_not_changed_is_loaded_once(tmp_path: Path) -> None:
    path = plugin(tmp_path, "steady")
    assert loaded("steady", path) is loaded("steady", path)


def test_objects_of_plugins_can_be_pickled(tmp_path: Path) -> None:
    write(tmp_path, layers="class Layer: pass")
    layer = layer_of("pickled", plugin(tmp_path, "pickled"))
    assert pickle.loads(pickle.dumps(layer)) is layer


def test_a_file_whose_name_holds_a_point_is_a_plugin(tmp_path: Path) -> None:
    write(tmp_path, layers="class Layer: value = 8")
    assert layer_of("pointed", plugin(tmp_path, "pointed", file="blocks_v1.2.py")).value == 8  # type: ignore[attr-defined]


INSTALLED = """
import sys
from registry.contract.block import load_layer
from registry.contract.errors import InputError
from registry.loading.blocks import load_registry
try:
    print(load_layer(load_registry().blocks["placed"]).where)
except (InputError, ImportError) as error:
    print("error:", error)
"""


def test_an_installed_plugin_is_not_hidden_by_files_of_the_working_folder(tmp_path: Path) -> None:
    site, desk = tmp_path / "site-packages", tmp_path / "desk"
    plugin(site, "placed", layer="placed_layers:Layer", file="placed_blocks.py")
    write(site, placed_layers="class Layer: where = 'installed'")
    info = site / "placed-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: placed\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[registry.plugins]\nplaced = placed_blocks\n")
    plugin(desk, "placed", layer="placed_layers:Layer", file="placed_blocks.py")
    write(desk, placed_layers="class Layer: where = 'desk'")
    program = f"import sys; sys.path.append({str(site)!r})\n"

    def run(before: str) -> str:
        command = [sys.executable, "-c", program + before + INSTALLED]
        return subprocess.run(command, cwd=desk, capture_output=True, text=True, check=True).stdout

    assert run("") == "installed\n"
    both = run("import placed_layers\n")
    assert f"{site}/placed_layers.py" in both
    assert f"{desk}/placed_layers.py, which was imported before" in both


LAYERS_THAT_FAIL = {
    "a name of Python's own": (
        "import queue",
        "`import queue` may mean {folder}/queue.py or Python's own module 'queue'",
    ),
    "a module that is nowhere": (
        "import nowhere_at_all",
        "there is no module 'nowhere_at_all', neither beside the plugin",
    ),
    "a module above the plugin's folder": ("from ..above import x", "leads out of the plugin's folder, {folder}"),
    "a module that is not beside the file": ("from .nowhere import x", "there is no module 'nowhere' in {folder}"),
    "a name that is not beside the file": ("from . import math, nowhere", "there is no module 'math' in {folder}"),
    "a module of the working folder": ("from only_here import x", "/only_here.py, in the working folder, is not meant"),
}


@pytest.mark.parametrize(("statement", "message"), LAYERS_THAT_FAIL.values(), ids=LAYERS_THAT_FAIL)
def test_an_import_of_a_layer_that_will_fail_is_an_error_of_the_check(
    statement: str, message: str, desk: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "theirs"
    write(folder, queue="", layers=f"import math\n{statement}\nclass Layer: pass")
    write(desk, only_here="x = 1")
    with pytest.raises(InputError) as caught:
        checked(desk, plugin(folder, "failing"), "failing")
    (problem,) = caught.value.problems
    assert message.format(folder=folder) in problem.message
    assert problem.origin is not None
    assert (Path(problem.origin.file).resolve(), problem.origin.line) == (folder / "layers.py", 2)


def test_an_import_that_may_fail_is_none(desk: Path, tmp_path: Path) -> None:
    write(tmp_path, layers="try:\n    import nowhere_at_all\nexcept ImportError:\n    pass\nclass Layer: pass")
    assert checked(desk, plugin(tmp_path, "careful"), "careful").nodes


def checked(folder: Path, path: str, name: str) -> CheckedGraph:
    """Open a graph of one block of a plugin."""
    file = folder / "graph.yaml"
    nodes = f"{{event: {{use: showers}}, one: {{use: {name}, in: event.features}}}}"
    file.write_text(f"name: one\nplugins: [{path}]\nblocks: {nodes}\noutputs: {{x: one}}\n")
    return open_graph(str(file))
