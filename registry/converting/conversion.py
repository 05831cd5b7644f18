"""What is converted: events in groups, what they are made of, and how they are described once they are written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from registry.contract.data import DataError
from registry.contract.errors import InputError
from registry.contract.stored import Stored, StoredEvents
from registry.training.checked_source import asked, data_problem
from registry.wiring.checked_graph import CheckedNode

ORIGINAL_EVENT = "original_event"
"""The column of events that says what the source calls them."""


class Conversion(ABC):
    """Events that are written elsewhere.

    `groups`: how many events are read together; `made_of`: by its kind a hash, and what it is called; `provenance`:
    where the events are from, as plain values; `scaled`: whether the features are scaled already; `notes`: what is not
    written.
    """

    groups: Sequence[int]
    made_of: Mapping[str, tuple[str, str]]
    provenance: Mapping[str, Any]
    scaled: bool
    notes: Sequence[str]

    @abstractmethod
    def read(self, done: int) -> Iterator[StoredEvents]:
        """Yield the events of the groups from the one of number `done` on."""

    @abstractmethod
    def described(self, event_column: str) -> dict[str, Any]:
        """Return the loader's parameters for what is written (see `Stored.described`)."""


class StoredConversion(Conversion):
    """Events as their files have them; `number`: the file whose events are converted, None for all files."""

    scaled = False

    def __init__(self, loader: CheckedNode, stored: Stored, number: int | None = None) -> None:
        self._loader, self._stored = loader, stored
        chosen = [index for index, (file, _) in enumerate(stored.groups) if number in (None, file)]
        self._chosen = chosen
        self.groups = [stored.groups[index][1] for index in chosen]
        self.notes = tuple(stored.notes)
        files = list(stored.files) if number is None else [stored.files[number]]
        print_ = stored.fingerprint()
        self.made_of = {"data": (print_, ", ".join(files[:3]))}
        self.provenance = {"loader": loader.block.name, "files": files, "fingerprint": print_}

    def read(self, done: int) -> Iterator[StoredEvents]:
        """Yield the events of the groups from the one of number `done` on."""
        for index in self._chosen[done:]:
            yield asked(self._loader, "stored events", lambda index=index: self._stored.read(index), "events")  # type: ignore[misc]

    def described(self, event_column: str) -> dict[str, Any]:
        """Return the loader's parameters for what is written."""
        return self._stored.described(event_column)


def opened_stored(loader: CheckedNode, columns: Sequence[str]) -> Stored | None:
    """Return the events of a loader's files; None for a loader that says nothing of its files.

    Raises InputError, at the parameter, for files that do not fit.
    """
    try:
        return loader.block.stored(columns)  # type: ignore[attr-defined,no-any-return]
    except DataError as error:
        raise InputError([data_problem(loader, error)]) from error


class Chain(Conversion):
    """Several conversions, one after the other."""

    def __init__(self, conversions: Sequence[Conversion]) -> None:
        self._conversions = conversions
        self.groups = [count for each in conversions for count in each.groups]
        self.notes = tuple(dict.fromkeys(note for each in conversions for note in each.notes))
        self.scaled = conversions[0].scaled
        self.made_of = {
            kind: (" ".join(each.made_of[kind][0] for each in conversions), name)
            for kind, (_, name) in conversions[0].made_of.items()
        }
        files = [file for each in conversions for file in each.provenance.get("files", ())]
        prints = [each.provenance["fingerprint"] for each in conversions]
        self.provenance = {**conversions[0].provenance, "files": files, "fingerprint": " ".join(prints)}

    def read(self, done: int) -> Iterator[StoredEvents]:
        """Yield the events of the groups from the one of number `done` on."""
        for each in self._conversions:
            if done < len(each.groups):
                yield from each.read(max(done, 0))
            done -= len(each.groups)

    def described(self, event_column: str) -> dict[str, Any]:
        """Return the loader's parameters for what is written."""
        return self._conversions[0].described(event_column)


def chained(conversions: Sequence[Conversion]) -> Conversion:
    """Return several conversions as one."""
    return conversions[0] if len(conversions) == 1 else Chain(conversions)
