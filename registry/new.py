"""`python -m registry.new KIND NAME`: write a plugin to begin with, a project, or settings for an editor."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.console.files import write_file
from registry.contract.errors import InputError, Problem
from registry.language.files import Room, built_in_folder
from registry.scaffolding.plugin_files import Files, plugin_files
from registry.scaffolding.templates import KindTemplate, kinds

BRIEF = True
"""It ends within seconds."""

TEMPLATES = Path(__file__).with_name("templates")

PORTS = '"NAME: AXES [UNIT] # WHAT IT IS", such as "x: hits features" or "y: hits {units}"'


def main(arguments: list[str] | None = None) -> int:
    """Write the files; return the exit status."""
    options = parser().parse_args(arguments)
    make: Callable[[argparse.Namespace], Files] = options.make
    folder = Path(options.folder)
    files = make(options)
    present = [name for name in files if (folder / name).exists() and not options.renewed]
    if present:
        message = f"{folder}: {present[0]!r} is there already" + (f", and {len(present) - 1} more" * (len(present) > 1))
        raise InputError([Problem(message, hint="name a new folder: nothing is overwritten")])
    for name, text in files.items():
        write_file(str(folder / name), text)
        print(folder / name)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = argparse.ArgumentParser(
        prog="python -m registry.new", description="write files to begin with", epilog=EXIT_STATUS
    )
    choice = made.add_subparsers(title="what to write", metavar="KIND", required=True)
    project = choice.add_parser("project", help="a folder of your own: graphs, configs, an example plugin, a README")
    project.add_argument("folder", metavar="FOLDER", help="where to; nothing in it is overwritten")
    project.set_defaults(make=_project, renewed=False)
    editor = choice.add_parser("editor", help="settings of VS Code: completion, checks and descriptions in graphs")
    editor.add_argument("--folder", default=".", metavar="FOLDER", help="the project (default: here)")
    text = "complete references by the nodes of this graph, and paths of options"
    editor.add_argument("--graph", action="append", default=[], metavar="GRAPH", help=text)
    take_plugins(editor)
    editor.set_defaults(make=_editor, renewed=True)
    for name, template in kinds().items():
        _add_kind(choice.add_parser(name, help=template.summary, description=f"write {template.summary}"), template)
    return made


def _add_kind(made: argparse.ArgumentParser, template: KindTemplate) -> None:
    made.add_argument("name", metavar="NAME", help="what graphs call it: small letters, digits, '_'")
    for side, default in (("in", template.inputs), ("out", template.outputs)):
        if default:
            text = f"a port: {PORTS}; again for each (default: {'; '.join(default)})".replace("%", "%%")
            made.add_argument(f"--{side}", dest=f"{side}puts", action="append", default=[], metavar="PORT", help=text)
        else:
            made.set_defaults(**{f"{side}puts": []})
    text = "a package that can be installed and published: entry point, test, README, CI"
    made.add_argument("--package", action="store_true", help=text)
    made.add_argument(
        "--folder", default=".", metavar="FOLDER", help="where to (default: here); nothing is overwritten"
    )
    made.set_defaults(make=lambda options: _plugin(options, template), renewed=False)


def _plugin(options: argparse.Namespace, template: KindTemplate) -> Files:
    """Return the files of a plugin."""
    files = plugin_files(template, options.name, options.inputs, options.outputs, options.package)
    if template.is_block:
        _refuse_taken(options.name)
    return files


def _refuse_taken(name: str) -> None:
    """Raise InputError if there is a block of this name: two of one name cannot be used."""
    from registry.loading.blocks import load_registry

    registry = load_registry()
    if name in registry.blocks:
        message = f"there is a block {name!r} already, of the plugin {registry.provider(name)!r}"
        raise InputError([Problem(message, hint="choose another name")])


def _editor(options: argparse.Namespace) -> Files:
    """Return the settings of an editor; those that are there are renewed, and what they say beside stays."""
    from registry.scaffolding.editor import editor_files

    return editor_files(Path(options.folder), options.plugin, options.graph)


def _project(options: argparse.Namespace) -> Files:
    """Return the files of a project: the template's, and the graphs and options that come with the tool."""
    from registry.loading.blocks import load_registry
    from registry.reference.schema import json_schema

    files = dict(_texts(TEMPLATES / "project", ""))
    files["README.md"] = files["README.md"].replace("{name}", Path(options.folder).resolve().name)
    rooms: tuple[Room, ...] = ("graphs", "configs")
    for room in rooms:
        files |= {name: text for name, text in _texts(built_in_folder(room), f"{room}/") if name not in files}
    files["docs/schema.json"] = json.dumps(json_schema(load_registry()), indent=1, ensure_ascii=False) + "\n"
    return files


def _texts(folder: Path, prefix: str) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".py", ".md"):
            yield prefix + path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run_command(main, BRIEF))
