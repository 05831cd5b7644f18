"""Exports a trained model: written beside its place, proved there, and put in its place as a whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from registry.console.files import PARTIAL
from registry.contract.errors import InputError, Problem
from registry.contract.exporter import Exporter
from registry.contract.spelling import did_you_mean
from registry.exporting.page import MARK, page
from registry.exporting.proving import Proof, prove
from registry.inference.opening import opened_model
from registry.loading.blocks import Registry, load_registry

if TYPE_CHECKING:
    import keras

README = "README.md"
"""The page of an export that is a folder; that of a file has its name, and ends in .md."""

HITS = (1, 10, 100, 1_000, 5_000)
"""Sizes of the events whose times are taken."""


@dataclass(frozen=True)
class Exported:
    """What was written: the file or folder, the page beside it or in it, and what was proved."""

    place: Path
    page: Path
    proof: Proof


def find_exporter(registry: Registry, name: str) -> Exporter:
    """Return the exporter of a format; raise InputError if there is none, or a package for it is not installed."""
    kind = registry.find(name)
    if kind is None or not issubclass(kind, Exporter):
        known = [block.name for block in registry.blocks.values() if block.kind == "exporter"]
        near = did_you_mean(name, known) or f"the formats: {', '.join(sorted(known))}"
        raise InputError([Problem(f"--format: there is no exporter {name!r}", hint=near)])
    missing = [package for package in kind.packages if find_spec(package) is None]
    if missing:
        message = f"the format {name!r} is written by the package {missing[0]}, which is not installed"
        raise InputError([Problem(message, hint=f"pip install 'registry[{kind.extra}]'")])
    return kind(kind.Params())


def export_named(
    named: str,
    out: str,
    form: str,
    plugins: Sequence[str] = (),
    hits: Sequence[int] = HITS,
    say: Callable[[str], None] = lambda text: None,
) -> Exported:
    """Export the model of a run, or of a `.keras` file, and return what was written.

    `form`: the name of an exporter; `hits`: sizes of the events whose times are taken; `say` is told how far it is.
    Raises InputError for a model
    or a format that is not there, a place that holds something else, and a network that the format cannot hold;
    RunError if the export does not run without this package, or says something else than the model.
    """
    exporter = find_exporter(load_registry((name, None) for name in plugins if name != "kept"), form)
    place = _checked_place(Path(out), exporter)
    with opened_model(named, plugins) as model:
        return export(exporter, model.network().model, named, place, hits, say)


def export(
    exporter: Exporter,
    model: keras.Model,
    named: str,
    place: Path,
    hits: Sequence[int] = HITS,
    say: Callable[[str], None] = lambda text: None,
) -> Exported:
    """Export a model, which a user calls `named`, to a place; raises as `export_named`."""
    from registry.exporting.exportable import exportable

    name = place.name.removesuffix(exporter.ending) if exporter.ending else place.name
    say(f"{name}: traced without compiled kernels")
    network = exportable(model, name)
    beside = place.with_name(f".{place.stem}{PARTIAL}-{os.getpid()}")
    place.parent.mkdir(parents=True, exist_ok=True)
    beside.mkdir()
    try:
        written = beside / place.name if exporter.ending else beside
        say(f"{name}: written as {exporter.name}")
        exporter.write(network, written)
        say(f"{name}: compared with the model, in a process of its own")
        proof = prove(exporter, network, model, written, hits)
        text = page(exporter, network, proof, place.name, named)
        if exporter.ending:
            described = place.with_suffix(".md")
            (beside / described.name).write_text(text, encoding="utf-8")
            os.replace(beside / described.name, described)
            os.replace(written, place)
        else:
            described = place / README
            (beside / README).write_text(text, encoding="utf-8")
            if place.is_dir():
                shutil.rmtree(place)
            os.replace(beside, place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Exported(place, described, proof)


def _checked_place(place: Path, exporter: Exporter) -> Path:
    """Return the place of an export; raise InputError if it has another ending, or something else stands there."""
    if exporter.ending and place.suffix != exporter.ending:
        hint = f"name a file that ends in {exporter.ending}: -o model{exporter.ending}"
        raise InputError([Problem(f"{place}: expected the name of a file in the format {exporter.name!r}", hint=hint)])
    if exporter.ending and place.is_dir():
        raise InputError([Problem(f"{place} is a folder: expected the name of a file")])
    if not exporter.ending and place.exists() and not _is_export(place):
        what = "is a file" if place.is_file() else "holds something else than an export"
        raise InputError([Problem(f"{place} {what}", hint="name a folder that is not there yet")])
    return place


def _is_export(place: Path) -> bool:
    """Say whether a folder is empty, or was written by an export."""
    page = place / README
    return place.is_dir() and (
        not any(place.iterdir()) or (page.is_file() and page.read_text(encoding="utf-8").startswith(MARK))
    )
