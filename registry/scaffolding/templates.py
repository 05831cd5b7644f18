"""The templates of plugins: one file for each kind, read from `registry/templates/plugins`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parents[1] / "templates" / "plugins"
"""A file KIND.txt: what the kind is, its ports, and the files of a plugin, each below a line `=== NAME`."""

_HEAD = re.compile(r"(?P<key>[a-z_]+): (?P<value>.+)")


@dataclass(frozen=True)
class KindTemplate:
    """The template of one kind of plugin.

    `inputs`, `outputs`: ports by default, empty for a kind whose ports are not its author's to choose. `added`: ports
    that every plugin of the kind has, "in row_splits: events+1 -> hits". `files`: templates by name, `$name.py` the
    plugin, with the form in front, "package:", of what only one form has; `use`: how it is used, as Markdown.
    """

    kind: str
    summary: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    added: tuple[str, ...]
    group: str
    files: Mapping[str, str]
    use: str

    def of(self, form: str) -> dict[str, str]:
        """Return the files of one form, "file" or "package": those of both, and those with the form in front."""
        found: dict[str, str] = {}
        for name, text in self.files.items():
            given, _, path = name.rpartition(":")
            if given in ("", form):
                found[path] = text
        return found

    @property
    def is_block(self) -> bool:
        """What it makes is a block, found by its name."""
        return "register_blocks" in "".join(self.files.values())


USE = "use"
"""The section of a template that says how the plugin is used."""

PLUGINS = "registry.plugins"
"""The group of entry points that plugins are installed under."""


@cache
def kinds() -> dict[str, KindTemplate]:
    """Return the template of every kind by its name."""
    return {file.stem: read_template(file) for file in sorted(FOLDER.glob("*.txt"))}


def read_template(file: Path) -> KindTemplate:
    """Read a template: lines `key: value`, then the files, each below a line `=== NAME`."""
    head, *sections = re.split(r"^=== (.+)\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    values: dict[str, list[str]] = {}
    for line in head.splitlines():
        match = _HEAD.fullmatch(line)
        if match:
            values.setdefault(match["key"], []).append(match["value"])
    texts = dict(zip(sections[::2], sections[1::2], strict=True))
    use = texts.pop(USE)
    return KindTemplate(
        kind=file.stem,
        summary=values["summary"][0],
        inputs=tuple(values.get("in", ())),
        outputs=tuple(values.get("out", ())),
        added=tuple(values.get("added", ())),
        group=values.get("group", [PLUGINS])[0],
        files=texts,
        use=use,
    )


def filled(text: str, words: Mapping[str, str]) -> str:
    """Return a template with its words put in; a word of several lines is indented as its first line is.

    A line of nothing but an empty word is left out, and one of two empty lines that would then meet.
    """
    lines: list[str] = []
    template = text.splitlines()
    for line, following in zip(template, [*template[1:], ""], strict=True):
        indent = line[: len(line) - len(line.lstrip())]
        made = Template(line).substitute({name: value.replace("\n", f"\n{indent}") for name, value in words.items()})
        if made.strip() or not line.strip():
            lines.append("\n".join(part.rstrip() for part in made.split("\n")))
        elif lines and not lines[-1] and not following:
            lines.pop()
    return "\n".join(lines) + "\n"
