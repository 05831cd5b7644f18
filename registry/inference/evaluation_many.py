"""Evaluates many files, each by itself, and all of them as one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from registry.contract.errors import RunError
from registry.farm.arguments import FarmArguments
from registry.farm.many import different_names
from registry.inference.evaluating import measured
from registry.inference.evaluation_record import RECORD, TABLES, baseline_folder
from registry.inference.evaluation_request import Request
from registry.inference.evaluation_run import Result, beside, folder_for, opened, recorded_run
from registry.inference.many_files import EACH, Many, run_many
from registry.inference.opening import TrainedModel, opened_model
from registry.measuring.choices import NETWORK
from registry.measuring.sample import Tables
from registry.measuring.showers import Table

FILES = "files"
"""The folder of an evaluation with those of each file, in folders of their names."""


def evaluate_files(
    request: Request, out: Path | None, asked: FarmArguments, here: Callable[[list[str]], int]
) -> Result:
    """Evaluate files each by itself, as `--on` says, then all their events as one; `request.files` names them.

    `here`: evaluates one in this process. Raises InputError for what is wrong with the request, RunError if a file
    cannot be evaluated: the others are, and stay so.
    """
    with ExitStack() as stack:
        model = stack.enter_context(opened_model(request.model, request.plugins))
        others = [stack.enter_context(opened_model(name, request.plugins)) for name in request.beside]
        run = recorded_run(model)
        folder = out or folder_for(model, run, request)
        if run_many(_many(model, others, request, folder), asked, False, here):
            raise RunError("no figures of all events without those")
        own = [folder / FILES / name for name in different_names(request.files, request.model)]
        result = _as_one(model, request, own)
        methods = [beside(other.name, _as_one(other, request, own, other.name), result) for other in others]
        evaluated = replace(result.evaluated, methods=[*result.evaluated.methods, *methods])
        return replace(result, evaluated=evaluated, run=run, folder=folder)


def _as_one(model: TrainedModel, request: Request, own: Sequence[Path], called: str = "") -> Result:
    """Return what is measured of the tables of all files together.

    `own`: the folder of each file; `called`: of a model that was evaluated beside the first its name there.
    """
    begun = opened(model, request, baselines=not called)
    tables = {name: _together(own, called or name) for name in begun.read_outs}
    evaluated = measured(begun.evaluation, begun.read_outs, tables, _names(own))
    records = [json.loads((each / RECORD).read_text(encoding="utf-8")) for each in own]
    figures = [record["baselines"][called] if called else record["figures"] for record in records]
    warnings = [*begun.warnings, *_doubts(figures, begun.read_outs[NETWORK][0].plain(), request.files)]
    about = {
        "model": model.name,
        "sha256": model.digest(),
        "data": {"events": request.events, "fingerprint": _digest(each["data"]["fingerprint"] for each in records)},
    }
    return Result(evaluated, begun.evaluation, about, warnings=warnings)


def _many(model: TrainedModel, others: Sequence[TrainedModel], request: Request, folder: Path) -> Many:
    """Return how each file is evaluated: tables and figures of merit, without pictures, and recorded nowhere."""

    def arguments(file: str, own: Path) -> Sequence[str]:
        alone = replace(request, data=file, files=()).arguments
        return [*alone, "--no-figures", "--no-log", "--worst", "0", "-o", str(own)]

    laid_over = _digest([*(Path(file).read_text(encoding="utf-8") for file in request.configs), *request.sets])
    settings = (f"{laid_over}{request.retune}", " ".join([*request.configs, *request.sets]) or "those of the model")
    made_of = {"model": (model.digest(), model.name), "evaluation": settings}
    made_of |= {f"model beside, {number}": (other.digest(), other.name) for number, other in enumerate(others, 1)}
    return Many("registry.evaluate", "evaluated", request.files, folder / FILES / EACH, arguments, made_of)


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _together(folders: Sequence[Path], read_out: str) -> Tables:
    """Return the tables of a read-out in several folders as one, its events numbered through."""
    found: dict[str, list[Table]] = {name: [] for name in TABLES}
    first = 0
    for folder in folders:
        own = folder if read_out == NETWORK else baseline_folder(folder, read_out)
        tables = {name: _read(own / f"{name}.parquet") for name in TABLES}
        count = len(tables["events"].get("event", ()))
        for name, table in tables.items():
            table.pop("name", None)
            if len(table.get("event", ())):
                found[name].append({**table, "event": table["event"] + first})
        first += count
    return Tables(*(_joined(found[name]) for name in TABLES))


def _joined(tables: Sequence[Table]) -> Table:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]} if tables else {}


def _names(folders: Sequence[Path]) -> list[str]:
    """Return the names of all events, each with that of its file."""
    return [f"{folder.name}: {name}" for folder in folders for name in _read(folder / "events.parquet").get("name", ())]


def _read(file: Path) -> dict[str, np.ndarray]:
    from pyarrow import parquet

    table = parquet.read_table(file)
    return {name: table[name].to_numpy() for name in table.column_names}


def _doubts(figures: Sequence[dict[str, Any]], read_out: Any, files: Sequence[str]) -> list[str]:
    """Return a warning for each file that was read out in another way than all of them together."""
    own = json.loads(json.dumps(read_out))
    return [
        f"{file} was read out with other thresholds"
        for file, found in zip(files, figures, strict=True)
        if found["read_out"] != own
    ]
