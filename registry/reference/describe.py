"""Describes blocks, for the terminal and for the reference pages."""

from __future__ import annotations

import inspect
from itertools import islice
from pathlib import Path
from typing import get_args

from registry.console.table import text_table
from registry.contract.block import Block, Kind, Port, source_file, summary
from registry.loading.blocks import Registry
from registry.loading.imported_block import ImportedBlock
from registry.loading.keras_block import KerasBlock
from registry.loading.keras_source import layer_arguments
from registry.reference.parameters import REQUIRED, Parameter, describe_parameters

KINDS: tuple[str, ...] = get_args(Kind)


def by_kind(registry: Registry, kind: str = "", plugin: str = "") -> dict[str, list[type[Block]]]:
    """Return the blocks of every kind by name; only those of one kind or plugin, if it is named."""
    found: dict[str, list[type[Block]]] = {}
    for name in KINDS:
        blocks = [block for _, block in sorted(registry.blocks.items()) if block.kind == name]
        chosen = [block for block in blocks if plugin in ("", registry.providers[block.name])]
        if chosen and kind in ("", name):
            found[name] = chosen
    return found


def listing(groups: dict[str, list[type[Block]]]) -> str:
    """Return the blocks of every kind with the first sentence of their docstrings."""
    rows = iter(text_table(((block.name, summary(block)) for blocks in groups.values() for block in blocks), "  "))
    lines = []
    for kind, blocks in groups.items():
        lines += [kind, *islice(rows, len(blocks)), ""]
    return "\n".join(lines)


def describe(block: type[Block], registry: Registry) -> str:
    """Return all there is to say about a block, as text for the terminal."""
    lines = [f"{block.name} \u2014 {block.kind}, version {block.version}", f"  {where(block, registry)}", ""]
    lines += [*docstring(block).splitlines(), ""]
    for title, ports in (("inputs", block.inputs), ("outputs", block.outputs)):
        if ports:
            lines += [title, *text_table([port_row(port) for port in ports], "  "), ""]
    parameters = describe_parameters(block.Params)
    if parameters:
        lines += ["parameters", *text_table([parameter_row(entry) for entry in parameters], "  "), ""]
    arguments = layer_arguments(block.layer_name) if issubclass(block, KerasBlock) else None
    if arguments:
        rows = [[name, REQUIRED if name in arguments.required else ""] for name in sorted(arguments.known)]
        lines += ["arguments of the layer, which stand among its parameters", *text_table(rows, "  "), ""]
    return "\n".join(lines)


def docstring(block: type[Block]) -> str:
    """Return a block's docstring without its indentation."""
    return inspect.cleandoc(block.__doc__ or "")


def where(block: type[Block], registry: Registry) -> str:
    """Return the plugin a block comes from, and its file."""
    if issubclass(block, KerasBlock):
        return "Keras"
    if issubclass(block, ImportedBlock):
        return f"the installed module {block.address.partition(':')[0]}"
    file = source_file(block)
    shown = ""
    if file:
        folder = Path.cwd()
        shown = f", {file.relative_to(folder) if file.is_relative_to(folder) else file}"
    return f"plugin {registry.providers[block.name]}{shown}"


def port_row(port: Port) -> list[str]:
    """Return a port as name, axes, dtype, and what it is."""
    marks = [
        text
        for mark, text in (
            (port.optional, "optional"),
            (port.many, "a list of tensors"),
            (port.rest, "all other tensors of a bundle, by name"),
            (port.default, "what the bare node name means"),
            (port.truth, "truth"),
        )
        if mark
    ]
    unit = f" [{port.unit}]" if port.unit else ""
    notes = f" ({'; '.join(marks)})" if marks else ""
    return [port.name, f"[{port.pattern}]" if port.pattern else "", port.dtype, f"{port.description}{unit}{notes}"]


def parameter_row(entry: Parameter) -> list[str]:
    """Return a parameter as name, type with bounds, default, and what it is."""
    bounds = f", {entry.bounds}" if entry.bounds else ""
    schedulable = " (schedulable)" if entry.schedulable else ""
    return [entry.name, entry.type + bounds, entry.default, entry.description + schedulable]
