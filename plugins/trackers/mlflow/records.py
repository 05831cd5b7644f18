"""What is delivered to mlflow, record by record, and how a record is written down."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import get_args


@dataclass(frozen=True)
class Parameter:
    """A parameter, its value as text."""

    parameter: str
    value: str


@dataclass(frozen=True)
class Tag:
    """A tag, its value as text."""

    tag: str
    value: str


@dataclass(frozen=True)
class Value:
    """One value of a metric: name, value, step, and when it was taken (milliseconds since 1970)."""

    metric: str
    value: float
    step: int
    timestamp: int


@dataclass(frozen=True)
class Text:
    """A text, as a file of the run."""

    text: str
    path: str


@dataclass(frozen=True)
class File:
    """A file, for a folder of the run."""

    file: str
    folder: str


@dataclass(frozen=True)
class Data:
    """Events that the run uses (see `DataInfo`)."""

    name: str
    digest: str
    context: str
    loader: str
    files: list[str]
    columns: dict[str, str]
    counts: dict[str, int]


@dataclass(frozen=True)
class Model:
    """The trained model as a function of tables of hits (see `ModelInfo`); `file` is its `.keras` file."""

    file: str
    module: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    optional: list[str]
    example: dict[str, list[float]]
    step: int
    packages: list[str]
    tags: dict[str, str]


@dataclass(frozen=True)
class Figure:
    """A metric that describes the trained model: name, value, step, when it was found, and on which data of the run."""

    figure: str
    value: float
    step: int
    timestamp: int
    context: str


@dataclass(frozen=True)
class End:
    """How the run ended, and when (milliseconds since 1970)."""

    status: str
    ended: int


Record = Parameter | Tag | Value | Text | File | Data | Model | Figure | End


def line_of(record: Record) -> str:
    """Return a record as a line of JSON."""
    return json.dumps(asdict(record)) + "\n"


def record_of(line: str) -> Record:
    """Return the record in a line of JSON; raises ValueError if it is none."""
    content = json.loads(line)
    for kind in get_args(Record):
        if isinstance(content, dict) and content.keys() == kind.__dataclass_fields__.keys():
            record: Record = kind(**content)
            return record
    raise ValueError(f"no record: {line[:80]!r}")


def shown(record: Record) -> str:
    """Return what a message calls a record."""
    match record:
        case Parameter(name, _):
            return f"the parameter {name!r}"
        case Tag(name, _):
            return f"the tag {name!r}"
        case Value(name, value, step, _):
            return f"the metric {name!r} ({value:g} at step {step})"
        case Text(_, path):
            return f"the text {path!r}"
        case File(file, _):
            return f"the file {file!r}"
        case Data(name, _, context):
            return f"the data {name!r} ({context})"
        case Model(file):
            return f"the model {file!r}"
        case Figure(name, value, step, _, _):
            return f"the figure {name!r} of the model ({value:g} at step {step})"
        case End(status, _):
            return f"the status {status}"
