"""The files of a plugin are found by reading them: all that they come to import, and nothing else."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from registry.loading.blocks import load_registry
from registry.loading.sources import Code, plugins_of
from tests.loading.test_places import plugin, write


def code_of(name: str, *plugins: str) -> Code:
    registry = load_registry([(item, None) for item in plugins])
    return next(code for code in plugins_of(registry, [name]) if name in code.blocks)


def test_a_plugin_is_its_file_its_layer_and_what_both_import(tmp_path: Path) -> None:
    path = plugin(tmp_path, "whole", "import declared")
    write(tmp_path, layers="from first import x", first="def f():\n    import second", second="", declared="")
    write(tmp_path, unrelated="raise RuntimeError")
    found = code_of("whole", path).contents()
    assert sorted(found) == ["declared.py", "first.py", "layers.py", "second.py", "whole_blocks.py"]


@pytest.mark.parametrize(
    "statement",
    [
        "import pack.inner",
        "from pack import inner",
        "from .pack import inner",
        "from . import pack",
        "import importlib; importlib.import_module('pack.inner')",
    ],
)
def test_of_a_package_beside_the_plugin_every_file_counts(statement: str, tmp_path: Path) -> None:
    write(tmp_path, layers=statement, pack__inner="from .deep import low", pack__deep__low="import common", common="")
    for folder in ("pack", "pack/deep"):
        (tmp_path / folder / "__init__.py").write_text("")
    found = code_of("packs", plugin(tmp_path, "packs")).contents()
    assert sorted(found) == [
        "common.py",
        "layers.py",
        "pack/__init__.py",
        "pack/deep/__init__.py",
        "pack/deep/low.py",
        "pack/inner.py",
        "packs_blocks.py",
    ]


def test_helpers_in_a_folder_without_init_count(tmp_path: Path) -> None:
    write(tmp_path, layers="from tools import one\nimport tools.two", tools__one="", tools__two="", tools__three="")
    found = code_of("tooled", plugin(tmp_path, "tooled")).contents()
    assert sorted(found) == ["layers.py", "tooled_blocks.py", "tools/one.py", "tools/two.py"]


def test_a_plugin_that_is_a_package_counts_whole(tmp_path: Path) -> None:
    plugin(tmp_path, "packed", layer="pack.layers:Layer", file="pack/__init__.py")
    write(tmp_path / "pack", layers="class Layer: pass", other="")
    found = code_of("packed", str(tmp_path / "pack")).contents()
    assert sorted(found) == ["__init__.py", "layers.py", "other.py"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose package `follow_mine` has a plugin, helpers and tests, beside the engine's own folder."""
    plugin(tmp_path / "follow_mine", "follow_mine", "import follow_tools", "follow_mine.layers:Layer", "blocks.py")
    write(
        tmp_path,
        follow_tools="NAME = 'registry.own'",
        follow_only_tests="",
        follow_mine__layers="from follow_mine.deep import part\nimport registry.own\nclass Layer: pass",
        follow_mine__deep__part="from follow_mine import layers",
        follow_mine__tests__helpers="import follow_only_tests",
        registry__own="",
    )
    for folder in ("follow_mine", "follow_mine/deep", "follow_mine/tests", "registry"):
        (tmp_path / folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0].startswith("follow_")]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


MINE = [f"follow_mine/{name}.py" for name in ("__init__", "blocks", "deep/__init__", "deep/part", "layers")]


def test_of_a_plugin_in_a_checkout_counts_what_it_needs_and_neither_tests_nor_the_engine(checkout: Path) -> None:
    found = code_of("follow_mine", "follow_mine.blocks").contents()
    assert sorted(found) == [*MINE, "follow_tools.py"]


@pytest.mark.parametrize("statement", ["import follow_mine.tests.helpers", "from follow_mine import tests"])
def test_tests_that_a_plugin_imports_itself_count(checkout: Path, statement: str) -> None:
    write(checkout, follow_tools=statement)
    found = code_of("follow_mine", "follow_mine.blocks").contents()
    named = ["follow_mine/tests/__init__.py", "follow_mine/tests/helpers.py"]
    assert sorted(found) == [*MINE, *named, "follow_only_tests.py", "follow_tools.py"]


def test_each_folder_is_looked_into_once_however_many_files_import_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {f"deep__part{number}": "import follow_mine.deep\nimport follow_tools\n'name'" for number in range(30)}
    write(checkout / "follow_mine", **many)
    looked: list[Path] = []
    for method in ("iterdir", "rglob"):
        own = getattr(Path, method)

        def counted(folder: Path, *pattern: str, own: Any = own) -> Any:
            looked.append(folder)
            return own(folder, *pattern)

        monkeypatch.setattr(Path, method, counted)
    registry = load_registry([("follow_mine.blocks", None)])
    looked.clear()
    (code,) = plugins_of(registry, ["follow_mine"])
    assert len(code.files) == len(MINE) + 1 + len(many)
    assert max(Counter(looked).values()) <= 2


def test_what_was_imported_counts_and_not_what_the_file_holds_now(tmp_path: Path) -> None:
    path = plugin(tmp_path, "kept")
    registry = load_registry([(path, None)])
    text = Path(path).read_bytes()
    Path(path).write_text("# another text\n")
    (code,) = plugins_of(registry, ["kept"])
    assert code.contents()["kept_blocks.py"] == text


def test_a_plugin_without_a_block_in_use_counts_if_it_has_a_hook_of_the_training(tmp_path: Path) -> None:
    hook = "@hookimpl\ndef {}: return []\n"
    head = "from registry.contract.hooks import hookimpl\n"
    write(
        tmp_path, watching=head + hook.format("training_callbacks(run)"), idle=head + hook.format("register_blocks()")
    )
    registry = load_registry([(str(tmp_path / f"{name}.py"), None) for name in ("watching", "idle")])
    assert [code.used for code in plugins_of(registry, [])] == [True, False]
