"""Keeps the files of plugins with what they made, a run or a saved model, and finds them again there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Any

from registry.contract.records import record
from registry.loading.following import content
from registry.loading.sources import Code

KEPT = "kept"
"""Stands among plugins for those that a model's file carries."""

INSTALLED = "installed"
"""The folder for the files of installed plugins: they are kept to be read, not to be loaded."""


@record
class KeptPlugin:
    """A plugin as it was when something was made with it.

    `name`: how it was given; `blocks`: its blocks that were in use; `file`: the plugin file, by its name from its
    `folder`, empty for an installed plugin, which has a `distribution` and its `version`; `kept`: the folder that its
    files are kept in; `files`: the SHA-256 of each, by its name from the folder.
    """

    name: str
    blocks: list[str]
    file: str = ""
    folder: str = ""
    kept: str = ""
    distribution: str = ""
    version: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """Where the plugin file lay."""
        return Path(self.folder) / self.file

    def changed(self) -> list[str]:
        """Return the names of the files that are gone from the plugin's folder, or hold something else there now."""
        now = {name: content(Path(self.folder) / name, {}) for name in self.files}
        return [name for name, digest in self.files.items() if _digest(now[name]) != digest]

    def changed_in(self, code: Code) -> list[str]:
        """Return the names of the files that hold something else in another version of the plugin."""
        now = {name: _digest(data) for name, data in code.contents().items()}
        return [name for name in {**self.files, **now} if self.files.get(name) != now.get(name)]


def keep(codes: Iterable[Code], tree: Callable[[Code], str]) -> tuple[list[KeptPlugin], dict[str, str]]:
    """Return what is known of plugins, and the texts of their files by the place where they are kept.

    `tree` returns the folder that the files of a plugin are kept in.
    """
    plugins: list[KeptPlugin] = []
    texts: dict[str, str] = {}
    for code in codes:
        contents = code.contents()
        folder = _join(f"{INSTALLED}/{code.plugin}" if code.file is None else tree(code), "").rstrip(".")
        texts |= {_join(folder, name): _text(data) for name, data in contents.items() if name.endswith(".py")}
        package = code.distribution
        digests = {name: _digest(data) for name, data in contents.items()}
        plugin = KeptPlugin(code.plugin, list(code.blocks), kept=folder, files=digests)
        if code.file:
            plugin = replace(plugin, file=code.name(code.file), folder=str(code.files[code.file]))
        if package:
            plugin = replace(plugin, distribution=package.name, version=package.version)
        plugins.append(plugin)
    return plugins, texts


def keep_text(name: str, blocks: Iterable[str], text: str) -> tuple[KeptPlugin, dict[str, str]]:
    """Return a plugin that is in no file, and its text by the place where it is kept."""
    folder = Path(name).stem
    files = {name: _digest(text.encode())}
    return KeptPlugin(name, list(blocks), file=name, kept=folder, files=files), {_join(folder, name): text}


def written(plugins: Iterable[KeptPlugin]) -> list[dict[str, Any]]:
    """Return plugins as JSON can hold them."""
    return [asdict(plugin) for plugin in plugins]


def read(items: Iterable[Mapping[str, Any]]) -> list[KeptPlugin]:
    """Return plugins from what `written` made of them; raises TypeError for something else."""
    return [KeptPlugin(**item) for item in items]


def _join(folder: str, name: str) -> str:
    return os.path.normpath(os.path.join(folder, name))


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
