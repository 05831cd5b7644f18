"""Where the files of a run lie, and how they are written: another process never sees half of one.

    mlruns/runs/RUN/run.json          name, experiment, command, description, status, start and end
    mlruns/runs/RUN/parameters.json   parameters by name
    mlruns/runs/RUN/tags.json         tags by name
    mlruns/runs/RUN/metrics.jsonl     a record a line: {"step": 20, "time": 1.7e9, "metrics": {"train/loss": 0.5}}
    mlruns/runs/RUN/files/            texts, plots, checkpoint and model

Times are in seconds since 1970. Numbers that JSON has not (nan, inf, -inf) are written as texts.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from registry.console.files import append_whole, replacing, write_whole
from registry.contract.tracker import RUNS_FOLDER

RUNS = RUNS_FOLDER / "runs"

RUN_FILE, PARAMETERS_FILE, TAGS_FILE, METRICS_FILE = "run.json", "parameters.json", "tags.json", "metrics.jsonl"
FILES = "files"


def folder_name(run: str) -> str:
    """Return the name of a run as a folder can have it."""
    return re.sub(r"[^\w.-]+", "_", run).lstrip(".") or "run"


def run_folder(run: str) -> Path:
    """Return the folder of a run in `mlruns/runs`, or of one that is named by where it lies."""
    inside = RUNS / run
    return inside if inside.is_dir() else Path(run)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a mapping as a JSON file."""
    write_text(path, json.dumps(content, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file; its folder is made."""
    write_whole(path, text)


def copy_file(source: Path, path: Path) -> None:
    """Copy a file; the folder it goes to is made."""
    with source.open("rb"), replacing(path) as partial:
        shutil.copyfile(source, partial)


def append_line(path: Path, content: Mapping[str, object]) -> None:
    """Add a line to a file of JSON lines; if not all of it can be written, none of it is."""
    append_whole(path, json.dumps(content).encode() + b"\n", at_once=False)
