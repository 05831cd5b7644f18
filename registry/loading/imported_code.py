"""What tells the installed packages whose layers a graph imports from other versions of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import Distribution, packages_distributions
from pathlib import Path

from registry.contract.searching import elsewhere
from registry.loading.imported_block import IMPORT_PREFIX


def imported_code(names: Iterable[str]) -> Mapping[str, str]:
    """Return by package of `import:package.module:Class` its version, or a hash of its files.

    The files count where they may change under one version: a package that is not installed by pip, or an editable one.
    """
    packages = {name.removeprefix(IMPORT_PREFIX).partition(":")[0].partition(".")[0] for name in names}
    return {package: _identity(package) for package in sorted(packages)}


def _identity(package: str) -> str:
    found = _distributions().get(package, [])
    named = [Distribution.from_name(name) for name in sorted(set(found))]
    if named and not any(map(_is_editable, named)):
        return ", ".join(f"{item.name} {item.version}" for item in named)
    spec = elsewhere(package)
    origin = Path(spec.origin) if spec and spec.origin else None
    if origin is None:
        return ""
    files = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
    digests = [[str(file.relative_to(origin.parent)), hashlib.sha256(file.read_bytes()).hexdigest()] for file in files]
    return hashlib.sha256(repr(digests).encode()).hexdigest()


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _is_editable(distribution: Distribution) -> bool:
    """Say whether a package was installed as a link to its sources."""
    return '"editable": true' in (distribution.read_text("direct_url.json") or "")
