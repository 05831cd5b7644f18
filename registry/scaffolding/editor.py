"""Settings of VS Code for graphs and options: a schema with all plugins, and which files it is for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from registry.contract.errors import InputError, Problem, Problems
from registry.language.document import read_document
from registry.loading.blocks import find_plugins
from registry.reference.schema import json_schema
from registry.wiring.opening import check_graph

SETTINGS, EXTENSIONS, SCHEMA = ".vscode/settings.json", ".vscode/extensions.json", ".vscode/registry.schema.json"

PATTERNS = ("graphs/**/*.yaml", "configs/**/*.yaml")
"""The files that the schema is for."""

NEEDED = ("redhat.vscode-yaml", "ms-python.python")
"""What VS Code offers to install: the YAML language server, and Python for plugins."""


def editor_files(folder: Path, plugins: Sequence[str], graphs: Sequence[str]) -> dict[str, str]:
    """Return the files by their paths in a folder; what its settings say beside stays.

    The schema has the blocks of installed plugins, of `plugins`, and of those that the graphs in the folder name; what
    `graphs` consist of, as far as they can be checked, is offered where something is referred to.
    Raises InputError for settings that cannot be read.
    """
    opened = [check_graph(graph, (), (), plugins, Problems()) for graph in graphs]
    registry = find_plugins([(name, None) for name in _named(folder, plugins)], Problems())
    schema = json_schema(registry, [graph for graph in opened if graph])
    settings = _present(folder / SETTINGS)
    schemas = {**settings.get("yaml.schemas", {}), f"./{SCHEMA}": list(PATTERNS)}
    made = {**settings, "yaml.schemas": schemas, "yaml.hover": True, "yaml.completion": True, "yaml.validate": True}
    extensions = _present(folder / EXTENSIONS)
    wanted = dict.fromkeys([*extensions.get("recommendations", []), *NEEDED])
    return {
        SCHEMA: _text(schema),
        SETTINGS: _text(made),
        EXTENSIONS: _text({**extensions, "recommendations": list(wanted)}),
    }


def _named(folder: Path, plugins: Sequence[str]) -> list[str]:
    """Return the plugins that are given, and those that graphs in the folder name."""
    found = dict.fromkeys(plugins)
    for file in sorted(folder.glob("graphs/**/*.yaml")):
        document = read_document(str(file), (), (), Problems())
        found |= dict.fromkeys(name for name, _ in document.plugins) if document else {}
    return list(found)


def _present(file: Path) -> dict[str, Any]:
    """Return the settings in a file; raises InputError for what is no JSON, such as a file with comments."""
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        hint = 'remove the comments, or add "yaml.schemas" by hand'
        raise InputError(
            [Problem(f"{file}: what it says would be lost: it is no plain JSON ({error})", hint=hint)]
        ) from error
    if not isinstance(found, dict):
        raise InputError([Problem(f"{file}: expected a mapping, received {type(found).__name__}")])
    return found


def _text(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
