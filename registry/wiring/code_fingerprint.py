"""Hash of the code behind a graph: the engine, the built-in blocks, and the plugins that have a part in it."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Iterator
from typing import Any

from registry.contract.function_registry import SESSION
from registry.contract.remembered import remembered, source_files
from registry.loading.session import SESSION_PLUGIN, session_text
from registry.loading.sources import Code, plugins_of
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.digest import digest

IMPORT = "import:"

ENGINE, BUILTIN = "registry", "registry.plugins"
"""Packages that are hashed each by itself, however they are installed."""


def code(checked: CheckedGraph) -> str:
    """Return the hash of the code behind the graph: the engine's, and that of every plugin that has a part in it.

    Of a plugin file it covers what it, its layers and its helpers import from beside it; of an installed plugin its
    version too. Of a package of `use: import:` it covers the version, of one that has none the files. The folder that
    a plugin lies in makes no difference.
    """
    names = checked.block_names
    builtin = any(type(node.block).__module__.startswith(f"{BUILTIN}.") for node in checked.nodes.values())
    engine = [[name, _sources(name)] for name in (ENGINE, BUILTIN)[: 1 + builtin]]
    plugins = [_plugin(plugin) for plugin in plugins_of(checked.registry, names) if plugin.used]
    return digest([*engine, *sorted([*plugins, *_session(checked)]), *_imported(names)])


def plugin_codes(checked: CheckedGraph) -> dict[str, str]:
    """Return the hash of the plugin that each block comes from, by the block's name; built-in ones are left out."""
    plugins = plugins_of(checked.registry, checked.block_names)
    return {block: digest(_plugin(plugin)) for plugin in plugins for block in plugin.blocks}


def _session(checked: CheckedGraph) -> Iterator[list[Any]]:
    """Yield the text of blocks that are defined in a notebook or a script as the plugin that it is kept as."""
    if SESSION in checked.registry.providers.values():
        session = session_text(checked.registry, checked.block_names)
        if session.blocks:
            yield ["", [[SESSION_PLUGIN, hashlib.sha256(session.text.encode()).hexdigest()]]]


def _imported(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield what tells the installed packages of `use: import:` from other versions of them."""
    addresses = sorted(name for name in names if name.startswith(IMPORT))
    if addresses:
        # Few graphs have one.
        from registry.loading.imported_code import imported_code

        yield from (list(item) for item in imported_code(addresses).items())


def _plugin(plugin: Code) -> list[Any]:
    files = [[name, hashlib.sha256(text).hexdigest()] for name, text in sorted(plugin.contents().items())]
    package = plugin.distribution
    return [f"{package.name} {package.version}" if package else "", files]


def package_folder(package: str) -> str:
    """Return the folder that a package lies in."""
    return str(importlib.import_module(package).__path__[0])


def _sources(package: str) -> list[str]:
    """Return the hashes of all source files of a package, in the order of their names."""
    top = package_folder(package)
    # The built-in plugins lie below the engine where it is installed as a wheel.
    files = sorted(source_files(top, leave_out="plugins" if package == ENGINE else ""))
    return remembered(f"sources in {top}", files, lambda: [_hashed(file) for file in files])


# Hundreds of files are read: by `Path` that takes three times as long.
def _hashed(file: str) -> str:
    with open(file, "rb", buffering=0) as source:
        return hashlib.sha256(source.read()).hexdigest()
