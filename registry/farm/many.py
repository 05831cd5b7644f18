"""Gives the files of a command to a farm, one task each, and says what came of each in their order."""

from __future__ import annotations

import glob
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.console.counting import Counting
from registry.contract.errors import InputError, Origin, Problem, RunError
from registry.farm.arguments import FarmArguments
from registry.farm.log import logs
from registry.farm.opening import open_place
from registry.farm.task import Outcome, Task


@dataclass(frozen=True)
class FileTask:
    """What is done of one file: its name, the arguments of the command, and its own folder, which keeps the logs."""

    name: str
    arguments: tuple[str, ...]
    folder: Path


def run_files(
    what: str, files: Sequence[FileTask], asked: FarmArguments, done: Callable[[FileTask], None] = lambda _: None
) -> list[Outcome]:
    """Run a task for each file, and return what came of them in the order of the files.

    `what`: what is done of a file, in the past: "predicted". `done`: is called for each file that is, at once. A file
    that fails stops no other one.
    """
    retries = asked.checked_retries()
    tasks = {file.name: file for file in files}
    found: dict[str, Outcome] = {}
    with open_place(asked.on, jobs=asked.jobs) as farm:
        counting = Counting(what, len(files), "files")
        try:
            for outcome in farm.run(_tasks(files, retries)):
                found[outcome.task.name] = outcome
                if outcome.status == "done":
                    done(tasks[outcome.task.name])
                counting.add(1)
        finally:
            counting.end()
    return [found[file.name] for file in files]


def _tasks(files: Sequence[FileTask], retries: int) -> Iterator[Task]:
    for file in files:
        # What was begun of a file is gone on with by the same arguments.
        yield Task(file.name, file.arguments, file.folder, retries=retries)


def run_whole(module: str, arguments: Sequence[str], folder: Path, asked: FarmArguments) -> int:
    """Run a command as one task, and print what it prints; `folder`: keeps its logs until it is done.

    Raises RunError, with the reason, if it fails.
    """
    (outcome,) = run_files("done", [FileTask(module, (module, *arguments), folder)], asked)
    if failed := failures([outcome]):
        raise RunError(failed[0])
    print(*said(outcome), sep="\n")
    shutil.rmtree(folder)
    return 0


def print_jobs(asked: FarmArguments) -> int:
    """Print what would be submitted; return the exit status."""
    with open_place(asked.on, jobs=asked.jobs) as farm:
        print(farm.print_jobs(), end="")
    return 0


def report(outcomes: Sequence[Outcome]) -> int:
    """Say which files are not done, and why; return the exit status."""
    lines = failures(outcomes)
    for line in lines[:-1]:
        print(f"error: {line}", file=sys.stderr)
    for line in lines[-1:]:
        print(line, file=sys.stderr)
    return 1 if lines else 0


def failures(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each file that is not done, with the reason, and one that counts them; none if all are."""
    lines = []
    for outcome in outcomes:
        if outcome.status != "done":
            written = logs(outcome.task.folder)
            shown = f"  ({written[-1]})" if written else ""
            tried = f" after {outcome.attempts} attempts" if outcome.attempts > 1 else ""
            lines.append(f"{outcome.task.name}: {outcome.status}{tried}: {outcome.reason}{shown}")
    return [*lines, left(len(lines), len(outcomes))] if lines else []


def left(bad: int, count: int) -> str:
    """Return what is said where some files are not done."""
    return f"{bad} of {count} files are not done; the same command does them, and no other"


def said(outcome: Outcome) -> list[str]:
    """Return what the command of a task that is done has printed in its last attempt."""
    written = logs(outcome.task.folder)
    text = written[-1].read_text(encoding="utf-8", errors="replace") if written else ""
    return [line for line in text.splitlines()[1:] if line.strip()]


def found_files(names: Sequence[str]) -> list[str]:
    """Return files by their names, and by patterns in the order of the alphabet; a pattern that fits none stays."""
    return [file for name in names for file in ([name] if os.path.exists(name) else sorted(glob.glob(name)) or [name])]


def different_names(names: Sequence[str], where: str) -> list[str]:
    """Return the names that files have without folder and endings; raises InputError if two have the same."""
    short = [Path(name).name.split(".")[0] for name in names]
    twice = sorted({name for name in short if short.count(name) > 1})
    if twice:
        raise InputError([Problem(f"{where}: two files are called {twice[0]!r}", Origin(where))])
    return short
