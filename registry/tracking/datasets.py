"""Says which events a run uses: the parts of its data, their columns and their numbers of events and hits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from registry.contract.block import has_mark
from registry.contract.data import PARTS, Source
from registry.contract.secrets import shown_settings
from registry.contract.tracker import DataInfo
from registry.wiring.checked_graph import CheckedNode
from registry.wiring.hits_table import table_columns
from registry.wiring.loaders import ROW_SPLITS

CONTEXTS = {"train": "training", "validation": "validation", "test": "test"}
"""What parts of the data are used for, in the words that trackers have for it."""


def data_infos(loader: CheckedNode, source: Source, digest: str) -> list[DataInfo]:
    """Return the parts of a loader's events that are not empty; `digest`: the fingerprint of all of them."""
    files = _files(loader)
    name = _name(loader.block.name, files)
    types = {
        port: ([axis if isinstance(axis, int) else None for axis in type_.axes], type_.dtype)
        for port, type_ in loader.types.items()
        if port != ROW_SPLITS
    }
    found = []
    for part in PARTS:
        sizes = source.sizes(part)
        if len(sizes):
            counts = {"events": len(sizes), "hits": int(sizes.sum())}
            columns = table_columns(types)
            found.append(DataInfo(name, digest, CONTEXTS[part], loader.block.name, files, columns, counts))
    return found


def _files(loader: CheckedNode) -> list[str]:
    """Return the addresses that a loader was given, without secrets."""
    plain = loader.block.plain_parameters()
    fields = type(loader.block.params).model_fields.items()
    marked = {field.alias or name: plain.get(field.alias or name) for name, field in fields if has_mark(field, "path")}
    shown = shown_settings(marked)
    listed = [item for value in shown.values() for item in (value if isinstance(value, list) else [value])]
    return [str(item) for item in listed if item]


def _name(block: str, files: Sequence[str]) -> str:
    """Return what data are called: as their only file, without its ending, or by what reads them."""
    return (PurePath(files[0]).stem.strip("*") if len(files) == 1 else "") or block
