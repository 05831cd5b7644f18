"""The identity of a plugin's code is its place: each folder of plugin files is a package with a name of its own.

What such a file imports is found beside it first, whatever the working folder, another plugin's folder or earlier
imports hold.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import importlib.util
import linecache
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import field
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from registry.contract.records import record
from registry.contract.searching import (
    ENGINE,
    check_one_form,
    import_elsewhere,
    import_installed,
    installed_too,
    root_folder,
    spec_in,
)


@record(frozen=False)
class Place:
    """A folder of plugin files, as a package of the name `package`.

    `read` holds the contents of each file of it that was executed: what ran, whatever the file holds now.
    """

    folder: Path
    package: str
    read: dict[Path, bytes] = field(default_factory=dict)

    def changed(self) -> list[Path]:
        """Return the files that were executed and hold something else now, or are gone."""
        return [file for file, content in self.read.items() if _content(file) != content]

    def module_name(self, name: str, fromlist: Sequence[str] = ()) -> str:
        """Return the full name of the module beside the plugin that `import name` means; "" if none is there.

        Raises AmbiguousImport if an installed module, or another file beside it, has the name too.
        """
        first, _, rest = name.partition(".")
        if first == ENGINE:
            return ""
        check_one_form(self.folder, first)
        found = spec_in(self.folder, name, fromlist)
        if found is not None:
            return "" if installed_too(first, found) else f"{self.package}.{name}"
        # The folder by its own name, as the files of a package name it.
        if first != self.folder.name:
            return ""
        if rest:
            return f"{self.package}.{rest}" if spec_in(self.folder, rest, fromlist) is not None else ""
        inside = (self.folder / "__init__.py").is_file() or any(spec_in(self.folder, item) for item in fromlist)
        return self.package if inside else ""


_places: dict[str, Place] = {}
"""Every place, by the name of its package."""

_current: dict[Path, Place] = {}
"""The place of each folder that was made last."""


def place_of(module: str) -> Place | None:
    """Return the place that a module belongs to, by the module's name; None for what Python has found."""
    return _places.get(module.partition(".")[0])


def import_file(path: Path) -> ModuleType:
    """Import a plugin file; "FOLDER/__init__.py" is the package that the folder is.

    Files that have changed since they were imported are imported anew, with all others of their folder.
    """
    file = path.resolve()
    place = _place(file.parent)
    package = importlib.import_module(place.package)
    if file.name == "__init__.py":
        return package
    stem = file.stem.replace(".", "_")
    name = f"{place.package}.{stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, file, loader=_Loader(name, str(file)))
        if spec is None or spec.loader is None:
            raise ImportError(f"expected a Python file, received {str(path)!r}")
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            sys.modules.pop(name, None)
            raise
        setattr(package, stem, module)
    return sys.modules[name]


def _place(folder: Path) -> Place:
    """Return the place of a folder, a new one if files of it have changed: what was made of the old ones keeps them."""
    place = _current.get(folder)
    if place is None or place.changed():
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
        stem = f"plugin_{re.sub(r'[^0-9A-Za-z]', '_', folder.name)}_{digest}"
        number = sum(other.folder == folder for other in _places.values())
        place = Place(folder, f"{stem}_{number + 1}" if number else stem)
        _places[place.package] = _current[folder] = place
        importlib.invalidate_caches()
    return place


def load(target: str, owner: type | None = None) -> Any:
    """Return what "package.module:name" names, as an import in the file of the class `owner` finds it.

    ".module:name" is beside that file, ":name" in it. Raises ImportError, AttributeError.
    """
    module = sys.modules.get(owner.__module__) if owner else None
    name, _, attribute = target.partition(":")
    level = len(name) - len(name.lstrip("."))
    if not name and module is not None:
        found = module
    elif module is None:
        found = importlib.import_module(name)
    elif level or place_of(module.__name__):
        found = import_from_plugin(name[level:], vars(module), None, (attribute,), level)
    else:
        found = import_installed(name, root_folder(module))
    return getattr(found, attribute)


def import_from_plugin(
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """Import as `__import__` does, for a plugin file: what lies beside it comes first."""
    wanted = fromlist or ()
    place = place_of((globals or {}).get("__name__", ""))
    if place is None or level or name.partition(".")[0] == ENGINE:
        return builtins.__import__(name, globals, locals, wanted, level)
    full = place.module_name(name, wanted)
    if not full:
        found = import_elsewhere(name, globals, locals, wanted, place.folder)
        return _importlib_of(place) if found is importlib else found
    if wanted:
        return importlib.__import__(full, globals, locals, wanted, 0)
    importlib.import_module(full)
    # `import a.b` makes the name `a` known.
    return sys.modules.get(f"{place.package}.{name.partition('.')[0]}", sys.modules[place.package])


def _importlib_of(place: Place) -> ModuleType:
    """Return `importlib` for the files of a place: its `import_module` finds what an import statement there would."""

    def import_module(name: str, package: str | None = None) -> ModuleType:
        full = "" if name.startswith(".") else place.module_name(name)
        if full or name.startswith("."):
            return importlib.import_module(full or name, package)
        import_elsewhere(name, None, None, (), place.folder)
        return sys.modules[name]

    made = ModuleType(importlib.__name__, importlib.__doc__)
    vars(made).update({**vars(importlib), "import_module": import_module})
    return made


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


class _Finder:
    """Finds the packages of places, and the modules in them."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        place = place_of(name)
        if place is None:
            return None
        if name == place.package:
            return _package_spec(place)
        for folder in path or ():
            check_one_form(Path(folder), name.rpartition(".")[2])
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path)
        return spec


def _package_spec(place: Place) -> ModuleSpec:
    """Return what makes a folder a package: its `__init__.py`, if it has one."""
    file = place.folder / "__init__.py"
    if file.is_file():
        spec = importlib.util.spec_from_file_location(
            place.package, file, loader=_Loader(place.package, str(file)), submodule_search_locations=[]
        )
    else:
        spec = None
    spec = spec or ModuleSpec(place.package, None, is_package=True)
    spec.submodule_search_locations = [str(place.folder)]
    return spec


class _Loader(SourceFileLoader):
    """Executes a plugin file from its text; no compiled copy of an earlier text is taken."""

    def get_code(self, fullname: str) -> Any:
        """Compile the file as it is now."""
        content = self.get_data(self.path)
        place = place_of(fullname)
        if place is not None:
            place.read[Path(self.path)] = content
        linecache.checkcache(self.path)
        return self.source_to_code(content, self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Execute the file; its import statements find what lies beside it."""
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": import_from_plugin}
        super().exec_module(module)


sys.meta_path.insert(0, _Finder)
