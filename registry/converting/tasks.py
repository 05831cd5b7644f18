"""Gives the files of a conversion to a farm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.contract.errors import RunError
from registry.farm.arguments import FarmArguments
from registry.farm.many import FileTask, failures, run_files

MODULE = "registry.convert"

ONLY = "--only"
"""The argument by which a task is told which file it is for."""


@dataclass(frozen=True)
class FileFarm:
    """A farm for the files of a conversion; `arguments`: those of the command, without those of the farm."""

    asked: FarmArguments
    arguments: Sequence[str]

    def run(self, named: Sequence[str], numbers: Sequence[int], folder: Path) -> None:
        """Convert files by their numbers; raises RunError, with the name of each that fails and its reason."""
        tasks = [
            FileTask(named[number], (MODULE, *self.arguments, ONLY, str(number)), folder / f"task_{number}")
            for number in numbers
        ]
        if failed := failures(run_files("converted", tasks, self.asked)):
            raise RunError("\nerror: ".join(failed))
