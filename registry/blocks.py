"""`python -m registry.blocks [NAME]`: list, describe and test blocks; write the reference pages."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from registry.console.arguments import take_plugins
from registry.console.command import EXIT_STATUS, run_command
from registry.contract.block import Block, Port, summary
from registry.contract.errors import InputError, Origin, Problem, Problems
from registry.contract.spelling import did_you_mean
from registry.language.layers import apply_setting
from registry.language.value import empty_mapping
from registry.loading.blocks import Registry, load_registry
from registry.loading.installed import BUILTIN
from registry.reference.describe import KINDS, by_kind, describe, docstring, listing, where
from registry.reference.pages import pages, write_pages
from registry.reference.parameters import describe_parameters
from registry.reference.searching import axes_of, chosen


def main(arguments: list[str] | None = None) -> int:
    """List the blocks, or describe one; return the exit status."""
    options = parser().parse_args(arguments)
    _refuse_unread(options)
    registry = load_registry([(name, None) for name in options.plugin])
    _check_source(registry, options.source)
    for plugin in registry.faults:
        print(f"something is wrong with the plugin {plugin!r}: python -m registry.plugins says what", file=sys.stderr)
    if options.test:
        return _test(options, registry)
    if options.write:
        for name in write_pages(pages(registry, options.source or BUILTIN), Path(options.write)):
            print(f"{options.write}/{name}")
        return 0
    if options.name:
        block = _find(registry, options.name)
        print(json.dumps(_as_data(block, registry), indent=2) if options.json else describe(block, registry), end="")
        return 0
    groups = chosen(by_kind(registry, options.kind, options.source), options.search, options.axis)
    if not groups:
        asked = "".join(f" {words} {value!r}" for words, value in _chosen(options) if value)
        print(f"no block{asked} is installed", file=sys.stderr)
        near = did_you_mean(options.axis, {axis for block in registry.blocks.values() for axis in axes_of(block)})
        if options.axis and near:
            print(f"  {near}", file=sys.stderr)
    if options.json:
        print(json.dumps({kind: {b.name: summary(b) for b in blocks} for kind, blocks in groups.items()}, indent=2))
    else:
        print(listing(groups), end="")
    return 0


def _test(options: argparse.Namespace, registry: Registry) -> int:
    """Hold one block, or those that are listed, to the laws; return the exit status."""
    # What follows imports TensorFlow.
    from registry.testing.kit import all_laws
    from registry.testing.many import report_many
    from registry.testing.page import page
    from registry.testing.report import report

    groups = by_kind(registry, options.kind, options.source or BUILTIN)
    blocks = (
        [_find(registry, options.name)] if options.name else [block for group in groups.values() for block in group]
    )
    given = [_parameters(options.set)] if options.set else None
    laws = [law for law in all_laws() if not (options.fast and law.slow)]
    if options.jobs > 1 and not given:
        found = dict(report_many(blocks, options.plugin, [law.name for law in laws], options.jobs))
    else:
        found = {block: list(report(block, given or block.examples, laws)) for block in blocks}
    if options.write:
        Path(options.write).write_text(page(found), encoding="utf-8")
    broken = sum(verdict.breach is not None for verdicts in found.values() for verdict in verdicts)
    print(f"{broken} broken" if broken else f"{len(found)} block{'s' * (len(found) != 1)}: no law is broken")
    return 1 if broken else 0


def _parameters(settings: list[str]) -> dict[str, Any]:
    """Return parameters that are given as `--set`; raises InputError for what is none."""
    problems, value = Problems(), empty_mapping(Origin("--set"))
    for setting in settings:
        value = apply_setting(value, setting, problems)
    problems.raise_if_any()
    return dict(value.plain())


def _chosen(options: argparse.Namespace) -> tuple[tuple[str, str], ...]:
    return (
        ("of kind", options.kind),
        ("of plugin", options.source),
        ("with the words", options.search),
        ("with the axis", options.axis),
    )


def _refuse_unread(options: argparse.Namespace) -> None:
    """Raise InputError for an argument that another one would leave without effect."""
    searched = {"--search": options.search, "--axis": options.axis}
    if options.set and not (options.test and options.name):
        raise InputError([Problem("--set has no effect without NAME and --test")])
    alone = {"--fast": options.fast, "--jobs": options.jobs > 1}
    if not options.test and any(alone.values()):
        raise InputError([Problem(f"{name} has no effect without --test") for name, given in alone.items() if given])
    if options.test:
        reader, unread = "--test", searched
    elif options.write:
        reader, unread = "--write", {"NAME": options.name, "--kind": options.kind, "--json": options.json, **searched}
    elif options.name:
        reader, unread = f"the block {options.name!r}", {"--kind": options.kind, "--from": options.source, **searched}
    else:
        return
    problems = [Problem(f"{name} has no effect beside {reader}") for name, value in unread.items() if value]
    if problems:
        raise InputError(problems)


def _check_source(registry: Registry, source: str) -> None:
    known = {*registry.providers.values(), *(name for name, _ in registry.manager.list_name_plugin())}
    if source and source not in known:
        hint = did_you_mean(source, known) or f"plugins: {', '.join(sorted(known))}"
        raise InputError([Problem(f"--from: there is no plugin {source!r}", hint=hint)])


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    description = "list the blocks of all installed plugins, or describe one of them"
    made = argparse.ArgumentParser(prog="python -m registry.blocks", description=description, epilog=EXIT_STATUS)
    made.add_argument(
        "name", nargs="?", metavar="NAME", help="describe this block, or keras.LayerName: ports, parameters"
    )
    made.add_argument("--kind", choices=KINDS, default="", help="list only blocks of this kind")
    made.add_argument("--from", dest="source", default="", metavar="PLUGIN", help="list only blocks of this plugin")
    made.add_argument("--search", default="", metavar="WORDS", help="list only blocks that say all of these words")
    text = "list only blocks with a port on this axis: hits, events, neighbours"
    made.add_argument("--axis", default="", metavar="AXIS", help=text)
    made.add_argument("--json", action="store_true", help="print JSON")
    take_plugins(made)
    made.add_argument(
        "--write",
        metavar="FOLDER",
        help="write a Markdown page per block of a plugin (--from; by default the built-in); with --test, a table FILE",
    )
    made.add_argument(
        "--test", action="store_true", help="hold the block, or all that are listed, to the laws of blocks"
    )
    made.add_argument("--fast", action="store_true", help="with --test: leave out laws that take seconds")
    text = "with --test: processes that share the work (default: 1)"
    made.add_argument("--jobs", type=int, default=1, metavar="N", help=text)
    made.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter that the block is tested with"
    )
    return made


def _find(registry: Registry, name: str) -> type[Block]:
    block = registry.find(name)
    if block is None:
        raise InputError([Problem(f"there is no block {name!r}", hint=registry.suggest(name))])
    return block


def _as_data(block: type[Block], registry: Registry) -> dict[str, Any]:
    names = [field.name for field in fields(Port)]
    ports = {
        title: [{key: getattr(port, key) for key in names} for port in entries]
        for title, entries in (("inputs", block.inputs), ("outputs", block.outputs))
    }
    return {
        "name": block.name,
        "kind": block.kind,
        "version": block.version,
        "where": where(block, registry),
        "docstring": docstring(block),
        **ports,
        "parameters": [vars(entry) for entry in describe_parameters(block.Params)],
    }


if __name__ == "__main__":
    sys.exit(run_command(main))
