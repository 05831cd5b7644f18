"""What is kept of an evaluation: parquet tables, and a file that says how they were made and what came out."""

from __future__ import annotations

import hashlib
import importlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from registry.console.files import replacing, write_whole
from registry.contract.block import source_file
from registry.inference.evaluating import Evaluated, Method
from registry.measuring.choices import ALL, word_of
from registry.measuring.metrics import BY_NAME, DERIVED
from registry.measuring.sample import Figure
from registry.measuring.showers import Table
from registry.measuring.words import COLUMNS, Words
from registry.wiring.evaluation import Evaluation

RECORD = "evaluation.json"
"""The file that says how an evaluation was made, and what came out."""

TABLES = ("objects", "showers", "events")

BASELINES = "baselines"
"""The folder with the tables of other read-outs, each in a folder of its name."""

LENGTH = 16
"""Hexadecimal digits of a fingerprint."""

RULES = ("registry.measuring", "registry.contract", "registry.plugins.evaluation", "registry.plugins.kernels.compiled")
"""Packages that measured numbers depend on, beside the blocks that are named."""


def code_fingerprint(evaluation: Evaluation) -> str:
    """Return a hash of the code that makes clusters, matches and measures them."""
    folders = [Path(importlib.import_module(name).__path__[0]) for name in RULES]
    read_outs = [evaluation.read_out, *evaluation.baselines.values()]
    blocks = [type(read_out.clusterer) for read_out in read_outs] + [type(evaluation.matcher)]
    files = {path for folder in folders for path in folder.glob("*.py")}
    for block in blocks:
        own = source_file(block)
        files |= set(own.parent.glob("*.py")) if own and own.name == "block.py" else {own} if own else set()
    return _digest(sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in files))


def settings_fingerprint(evaluation: Evaluation) -> str:
    """Return a hash of how clusters are made and judged, without tuned thresholds and without names of samples."""
    options = evaluation.options.model_dump(mode="json", by_alias=True, exclude={"samples", "baselines"})
    read_out = evaluation.read_out.plain()
    tuned = evaluation.options.tune
    given = {
        name: value
        for name, value in read_out["with"].items()
        if not (tuned and name in evaluation.read_out.clusterer.thresholds)
    }
    matcher = [evaluation.matcher.name, evaluation.matcher.version, evaluation.matcher.plain_parameters()]
    return _digest([options | {"clusterer": None, "matcher": None}, {**read_out, "with": given}, matcher])


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def baseline_folder(folder: Path, name: str) -> Path:
    """Return the folder with the tables of another read-out."""
    return folder / BASELINES / name.replace("/", "_").replace(":", "_")


def write_tables(folder: Path, evaluated: Evaluated, method: Method) -> list[Path]:
    """Write the tables of one way of clustering into a folder; return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in zip(TABLES, method.tables.all(), strict=True):
        own = dict(table)
        if name == "events":
            own = {**{key: own[key] for key in list(own)[:2]}, "name": np.array(evaluated.names, object), **own}
        written.append(_write(folder / f"{name}.parquet", own, evaluated.words))
    return written


def _write(file: Path, table: Table, words: Words) -> Path:
    """Write a table; the field of a column that has a unit states it."""
    import pyarrow
    from pyarrow import parquet

    columns = {name: pyarrow.array(column) for name, column in table.items()}
    units = {name: words.unit(COLUMNS.get(name, "")) for name in table}
    stated = {name: {"unit": unit} for name, unit in units.items() if unit}
    fields = [pyarrow.field(name, column.type, metadata=stated.get(name)) for name, column in columns.items()]
    with replacing(file) as partial:
        parquet.write_table(pyarrow.table(list(columns.values()), schema=pyarrow.schema(fields)), partial)
    return file


def figures_as_plain(figures: Mapping[str, Figure]) -> dict[str, Any]:
    """Return figures of merit as plain values; what is unknown is null."""
    return {
        name: {
            "value": _number(figure.estimate.value),
            "low": _number(figure.estimate.low),
            "high": _number(figure.estimate.high),
            "bootstrap_error": _number(figure.error),
            "rows": figure.count,
        }
        for name, figure in figures.items()
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def write_record(folder: Path, evaluated: Evaluated, evaluation: Evaluation, about: Mapping[str, Any]) -> Path:
    """Write what came out; `about`: of which model and data it is."""
    methods = {method.name: _method(method) for method in evaluated.methods}
    content = {
        **about,
        "fingerprint": {"code": code_fingerprint(evaluation), "settings": settings_fingerprint(evaluation)},
        "evaluation": evaluation.options.model_dump(mode="json", by_alias=True),
        "samples": list(evaluated.samples),
        "counts": evaluated.network.tables.counts(),
        "figures": methods.pop(evaluated.network.name),
        "baselines": methods,
        "words": evaluated.words.plain(),
        "descriptions": _descriptions(evaluated),
    }
    path = folder / RECORD
    write_whole(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return path


def _descriptions(evaluated: Evaluated) -> dict[str, str]:
    """Return what the figures are that are known, in the words of the data."""
    texts = {**{name: metric.description for name, metric in BY_NAME.items()}, **DERIVED}
    figures = [own for method in evaluated.methods for own in method.figures.values()]
    known = {name for own in figures for name, figure in own.items() if figure.estimate.known}
    return {name: evaluated.words.said(text) for name, text in texts.items() if name in known}


def _method(method: Method) -> dict[str, Any]:
    return {
        "read_out": method.read_out.plain(),
        "tuning": method.scan.plain("validation") if method.scan else None,
        "samples": {sample: figures_as_plain(figures) for sample, figures in method.figures.items()},
        "confusion": method.confusion.tolist(),
    }


def metrics_of(evaluated: Evaluated, prefix: str) -> dict[str, float]:
    """Return what is logged to the run: "PREFIX/efficiency", of a sample "PREFIX/SAMPLE/efficiency".

    Those of a baseline have its name after the prefix. What has no value is left out.
    """
    found: dict[str, float] = {}
    for method in evaluated.methods:
        own = prefix if method is evaluated.network else f"{prefix}/{word_of(method.name)}"
        for sample, figures in method.figures.items():
            start = own if sample == ALL else f"{own}/{word_of(sample)}"
            for name, figure in figures.items():
                if figure.estimate.known:
                    found[f"{start}/{name}"] = figure.estimate.value
        found |= {f"{own}/{name}": float(value) for name, value in method.tables.counts().items()}
    return found
