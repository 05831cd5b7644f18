"""Modules are imported from code that is kept only while their sources are what they were."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

import pytest

from registry.console import compiled
from registry.console.compiled import Finder

NAME = "package_of_compiled"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of a package; all files count as settled whenever they were changed."""
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "__init__.py").write_text("")
    (tmp_path / NAME / "inner.py").write_text("VALUE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(compiled, "SETTLED", -(10**15))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return tmp_path / NAME / "inner.py"


@pytest.fixture
def fetch(module: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[ModuleType, list[str]]]:
    """Import the module as a new process would; return it, and the modules whose code was not kept."""

    def fetched() -> tuple[ModuleType, list[str]]:
        finder = Finder(str(module.parents[1] / "kept"))
        for name in (NAME, f"{NAME}.inner"):
            sys.modules.pop(name, None)
        invalidate_caches()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "meta_path", [finder, *sys.meta_path])
            found = import_module(f"{NAME}.inner")
        finder.keep()
        return found, list(finder.compiled)

    return fetched


Fetch = Callable[[], tuple[ModuleType, list[str]]]


def test_a_module_that_has_not_changed_is_not_compiled_again(fetch: Fetch) -> None:
    first, compiled_first = fetch()
    second, compiled_then = fetch()
    assert (compiled_first, compiled_then) == ([f"{NAME}.inner"], [])
    assert first.VALUE == second.VALUE == 1
    for name in ("__file__", "__package__", "__cached__"):
        assert getattr(first, name) == getattr(second, name)


def _write(module: Path) -> None:
    module.write_text("VALUE = 2\n")


def _write_with_the_old_date(module: Path) -> None:
    before = module.stat()
    module.write_text("VALUE = 2\n")
    os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))


def _put_a_package_before_it(module: Path) -> None:
    module.with_suffix("").mkdir()
    (module.with_suffix("") / "__init__.py").write_text("VALUE = 2\n")


@pytest.mark.parametrize("change", [_write, _write_with_the_old_date, _put_a_package_before_it])
def test_what_has_changed_is_imported_as_it_is(fetch: Fetch, module: Path, change: Callable[[Path], None]) -> None:
    assert fetch()[0].VALUE == 1
    change(module)
    assert fetch()[0].VALUE == 2


def test_a_package_of_that_name_elsewhere_is_another_one(
    fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fetch()[0].VALUE == 1
    (tmp_path / "before" / NAME).mkdir(parents=True)
    (tmp_path / "before" / NAME / "__init__.py").write_text("")
    (tmp_path / "before" / NAME / "inner.py").write_text("VALUE = 2\n")
    monkeypatch.syspath_prepend(tmp_path / "before")
    assert fetch()[0].VALUE == 2


@pytest.mark.parametrize("content", [b"", b"\xff" * 30, b"i\x01\x00\x00\x00"])
def test_a_damaged_file_is_as_good_as_none(fetch: Fetch, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept").write_bytes(content)
    assert fetch()[0].VALUE == 1


def test_what_was_changed_just_now_is_not_kept(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "SETTLED", 3600 * 10**9)
    fetch()
    assert fetch()[1] == [f"{NAME}.inner"]


@pytest.mark.parametrize("command", [["-m", "registry.check"], ["-m", "registry", "check"]])
def test_commands_that_end_at_once_keep_what_they_have_compiled(tmp_path: Path, command: list[str]) -> None:
    environment = {**os.environ, "REGISTRY_CACHE": str(tmp_path)}
    subprocess.run([sys.executable, *command, "none.yaml"], cwd=ROOT, env=environment, capture_output=True)
    assert list(tmp_path.glob("code-*"))


def test_what_type_checkers_alone_read_is_made_of_plain_classes(tmp_path: Path) -> None:
    program = (
        "from registry.console.compiled import import_compiled\n"
        "import_compiled()\n"
        "from pydantic_core.core_schema import CoreConfig, int_schema\n"
        "from pydantic import BaseModel, TypeAdapter\n"
        "from typing_extensions import TypedDict\n"
        "assert CoreConfig(strict=True) == {'strict': True} and type(CoreConfig()) is dict\n"
        "Numbers = TypedDict('Numbers', {'one': int})\n"
        "assert TypeAdapter(Numbers).validate_python({'one': 1}) == {'one': 1}\n"
        "assert TypedDict.__module__ != 'registry.console.compiled'\n"
    )
    environment = {**os.environ, "REGISTRY_CACHE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
