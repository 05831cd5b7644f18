"""What is asked of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.contract.data import PARTS


@dataclass(frozen=True)
class Request:
    """What is to be evaluated: a model, on a part of its own data or on `data`, beside other models.

    With both, `data` are its own data in another place, of which the part is meant.

    `files`: those that `data` is the first of, where there are several: with a part, the files that its own data are in
    now; else each is evaluated, and all of them as one.

    `configs`, `sets`: laid over the options that the model was saved with; `retune`: choose thresholds anew.
    """

    model: str
    data: str = ""
    part: str = ""
    worst: int = 0
    beside: Sequence[str] = ()
    configs: Sequence[str] = ()
    sets: Sequence[str] = ()
    retune: bool = False
    plugins: Sequence[str] = ()
    files: Sequence[str] = ()

    @property
    def part_of_own(self) -> str:
        """The part of the data that the model was trained with; empty for other data."""
        if self.part or not self.data:
            return self.part or "test"
        return self.data if self.data in PARTS and not Path(self.data).exists() else ""

    @property
    def moved(self) -> bool:
        """Say whether `data` are those that the model was trained with, in another place."""
        return bool(self.part and self.data)

    @property
    def each(self) -> bool:
        """Say whether there are several files, of which each is evaluated by itself."""
        return len(self.files) > 1 and not self.part

    @property
    def own(self) -> bool:
        """Say whether the events are of the data that the model was trained with."""
        return bool(self.part_of_own)

    @property
    def events(self) -> str:
        """The events, as a user reads of them."""
        data = ", ".join(self.files) or self.data
        return f"{self.part} of {data}" if self.moved else self.part_of_own or data

    @property
    def arguments(self) -> list[str]:
        """The arguments with which the command evaluates the same."""
        named = [("--part", [self.part] if self.part else []), ("--beside", self.beside), ("--config", self.configs)]
        named += [("--set", self.sets), ("--plugin", self.plugins)]
        options = [word for key, items in named for item in items for word in (key, item)]
        data = self.files or ([self.data] if self.data else [])
        return [self.model, *data, *options, *(["--tune"] if self.retune else [])]

    @property
    def label(self) -> str:
        """What figures are called by in the log: the part, or the name of the file."""
        further = f"_and_{len(self.files) - 1}_more" if self.each else ""
        return self.part_of_own or Path(self.data).stem + further
