"""The plugins that a saved model needs: a `.keras` file carries their names, places, contents."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from registry.contract.errors import Problems
from registry.loading.kept import KeptPlugin, keep, keep_text, read, written
from registry.loading.session import SESSION_PLUGIN, session_text
from registry.loading.sources import Code, plugins_of
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.evaluation import check_evaluation

MEMBER = "registry_plugins.json"
"""The part of a `.keras` file that holds the plugins; Keras leaves it alone."""

_unpacked: list[TemporaryDirectory[str]] = []
"""Folders of plugins in use, until the process ends: a layer may import something at any time."""


@dataclass(frozen=True)
class Carried:
    """Plugins that a model needs, and the texts of their files by where they are kept.

    `around`: what its loader and its read-out need, to apply it to events; it is loaded without them.
    """

    plugins: list[KeptPlugin] = field(default_factory=list)
    around: list[KeptPlugin] = field(default_factory=list)
    texts: Mapping[str, str] = field(default_factory=dict)

    def unpack(self) -> Path:
        """Write the files into a folder that is there until the process ends, and return it."""
        _unpacked.append(TemporaryDirectory())
        folder = Path(_unpacked[-1].name).resolve()
        for name, text in self.texts.items():
            file = (folder / name).resolve()
            if file.is_relative_to(folder):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="")
        return folder


def add_plugins(file: Path, checked: CheckedGraph) -> None:
    """Put the plugins that the inference model of a graph, its loader and its read-out need into its `.keras` file."""
    needed = checked.ancestors(checked.outputs.values())
    layers = {checked.nodes[path].block.name for path in needed if checked.nodes[path].block.layer}
    around = checked.block_names - {node.block.name for node in checked.nodes.values() if node.block.kind != "loader"}
    if evaluation := check_evaluation(checked, Problems()):
        read_outs = [evaluation.read_out, *evaluation.baselines.values()]
        around |= {evaluation.matcher.name, *(read_out.clusterer.name for read_out in read_outs)}
    codes = {
        "plugins": [code for code in plugins_of(checked.registry, layers) if code.blocks],
        "around": [code for code in plugins_of(checked.registry, around) if code.blocks],
    }
    roots = list(dict.fromkeys(_root(code) for group in codes.values() for code in group))
    session = session_text(checked.registry, layers)
    if not roots and not session.blocks:
        return
    content: dict[str, Any] = {"texts": {}}
    for name, group in codes.items():
        plugins, texts = keep(group, lambda code: f"{roots.index(_root(code))}/{_root(code).name}")
        content[name] = written(plugins)
        content["texts"] |= texts
    if session.blocks:
        plugin, texts = keep_text(SESSION_PLUGIN, session.blocks, session.text)
        content["plugins"] += written([plugin])
        content["texts"] |= texts
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, json.dumps(content))


def carried(file: Path) -> Carried:
    """Return the plugins that a model's file names; none for a file that is no model, or names none."""
    try:
        with zipfile.ZipFile(file) as archive:
            content = json.loads(archive.read(MEMBER)) if MEMBER in archive.namelist() else {}
        return Carried(read(content.get("plugins", ())), read(content.get("around", ())), content.get("texts", {}))
    except (OSError, ValueError, TypeError, AttributeError, zipfile.BadZipFile):
        return Carried()


def _root(code: Code) -> Path:
    return code.files[code.file] if code.file else Path()
