"""Predicts many files, each into a file of its own: here one after the other, or as tasks of a farm."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.console.files import write_whole
from registry.contract.errors import InputError, Problem, RunError
from registry.farm.arguments import FarmArguments
from registry.farm.many import FileTask, different_names, found_files, left, report, run_files, said
from registry.inference.pieces import Pieces

EACH = "*"
"""What stands for the name of each file in that of a result."""

DONE = "done"
"""The file, in the folder of a task, that says what was done, and of what."""


@dataclass(frozen=True)
class Many:
    """Files, and what each becomes.

    `module`: the command that is run for each, `registry.predict`. `what`: what is done of a file, in the past.
    `out`: "FOLDER/*.ENDING" or, for one file, the name of the result. `arguments`: returns those of a file and its
    result. `made_of`: what the results depend on beside their file, by its kind: a hash, and what it is called.
    """

    module: str
    what: str
    files: Sequence[str]
    out: Path
    arguments: Callable[[str, Path], Sequence[str]]
    made_of: Mapping[str, tuple[str, str]]


def files_of(named: Sequence[str], out: Path) -> list[str]:
    """Return the files that are meant, each for a result; raises InputError if they are to be in one."""
    if EACH in out.name:
        return found_files(named)
    if len(named) > 1:
        hint = f"write a file for each: -o '{out.parent / f'*{out.suffix}'}'"
        raise InputError([Problem(f"{out}: expected a result for each of {len(named)} files", hint=hint)])
    return list(named)


def run_many(many: Many, asked: FarmArguments, restart: bool, here: Callable[[list[str]], int]) -> int:
    """Do what is left to do of some files; print what came of them in their order, and return the exit status.

    `here`: does it in this process, where `--on` says nothing else. What is done stays so when the same command is
    given again; what fails stops no other file.
    """
    names = different_names(many.files, str(many.out))
    outs = [many.out.with_name(many.out.name.replace(EACH, name)) for name in names]
    done = Pieces(many.out.with_name(many.what))
    if restart:
        done.remove()
    with done.opened(many.made_of):
        tasks = {}
        for file, name, out in zip(many.files, names, outs, strict=True):
            folder = done.folder / name
            if not (_mark_of(file, out) == _read(folder / DONE) and out.exists()):
                tasks[file] = FileTask(file, (many.module, *many.arguments(file, out)), folder)
        result = dict(zip(many.files, outs, strict=True))

        def keep(task: FileTask) -> None:
            task.folder.mkdir(parents=True, exist_ok=True)
            write_whole(task.folder / DONE, _mark_of(task.name, result[task.name]))

        status = _done(many, list(tasks.values()), asked, keep, here)
        for file, out in result.items():
            if file not in tasks:
                print(f"{out}: was done before")
        if not status:
            done.remove()
    return status


def _done(
    many: Many,
    tasks: Sequence[FileTask],
    asked: FarmArguments,
    keep: Callable[[FileTask], None],
    here: Callable[[list[str]], int],
) -> int:
    if not asked.wanted:
        return _here(tasks, keep, here)
    outcomes = run_files(many.what, tasks, asked, keep)
    for outcome in outcomes:
        if outcome.status == "done":
            print(*said(outcome), sep="\n")
    return report(outcomes)


def _here(tasks: Sequence[FileTask], keep: Callable[[FileTask], None], here: Callable[[list[str]], int]) -> int:
    bad = 0
    for task in tasks:
        try:
            status = here(list(task.arguments[1:]))
        except (InputError, RunError) as error:
            print(f"error: {task.name}: failed: {error}", file=sys.stderr)
            status = 1
        if status:
            bad += 1
        else:
            keep(task)
    if bad:
        print(left(bad, len(tasks)), file=sys.stderr)
    return 1 if bad else 0


def _mark_of(file: str, out: Path) -> str:
    """Return what says that a result was made of a file as it is now."""
    try:
        state = os.stat(file)
        stamp = [state.st_size, state.st_mtime_ns]
    except OSError:
        stamp = []
    return json.dumps([os.path.abspath(file), stamp, out.name])


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""
