"""Writes all that an evaluation leaves: tables, record, figures, page; and adds them to the run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from registry.contract.errors import InputError, Problem, RunError
from registry.inference.evaluation_log import add_to_run
from registry.inference.evaluation_record import baseline_folder, metrics_of, write_record, write_tables
from registry.inference.evaluation_request import Request
from registry.inference.evaluation_run import FOLDER, Result
from registry.loading.blocks import load_registry
from registry.tracking.datasets import CONTEXTS


def write(
    result: Result, request: Request, folder: Path, command: str, figures: bool = True, only: Sequence[str] = ()
) -> list[Path]:
    """Write all files into a folder, and return them; raises InputError if it cannot be written.

    `only`: the figures that are drawn, by name; all of them, if none is named.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(result, folder, command, figures, only)
    except OSError as error:
        raise InputError([Problem(f"{error.filename or folder} cannot be written: {error.strerror}")]) from error


def _write(result: Result, folder: Path, command: str, figures: bool, only: Sequence[str]) -> list[Path]:
    evaluated = result.evaluated
    files = write_tables(folder, evaluated, evaluated.network)
    for method in evaluated.methods[1:]:
        files += write_tables(baseline_folder(folder, method.name), evaluated, method)
    about = {**result.about, "command": command, "warnings": result.warnings}
    files.append(write_record(folder, evaluated, result.evaluation, about))
    if figures:
        from registry.inference.evaluation_page import write_page

        files += write_page(folder, result, command, only)
    return files


def record(result: Result, request: Request, folder: Path, files: Sequence[Path]) -> str:
    """Record figures of merit and files with the run; return where it is, or why it could not be done."""
    assert result.run is not None
    own = [FOLDER] if request.label == "test" and request.own else [FOLDER, request.label]
    prefix = "/".join([FOLDER, request.label])
    placed = [(file, "/".join([*own, *file.parent.relative_to(folder).parts])) for file in files]
    trackings = load_registry((name, None) for name in request.plugins).trackings
    own_metrics = metrics_of(replace(result.evaluated, methods=result.evaluated.methods[:1]), prefix)
    of_model = (own_metrics, CONTEXTS.get(request.part_of_own, ""))
    try:
        return add_to_run(result.run, trackings, metrics_of(result.evaluated, prefix), placed, of_model, _warn)
    except RunError as error:
        return f"warning: not recorded with the run: {error}"


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
