"""What plugins add to pictures, pages and the terminal: how a node is drawn, a section of a run's page, a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from registry.contract.records import record

if TYPE_CHECKING:
    import argparse

    from registry.contract.run_store import Point


@record
class NodeStyle:
    """How a node is drawn; what is empty stays as it is for the kind of its block.

    `fill`, `line`, `text`: colours as "#rrggbb", on light and on dark paper; without `text` the words of a filled box
    are black or white, whichever can be read. `note`: a line in the box.
    """

    fill: str = ""
    line: str = ""
    text: str = ""
    note: str = ""


@record
class PageSection:
    """A section of the page of a run.

    `title`: plain text; `text`: a paragraph of plain text; `names` and `rows`: a table of plain texts; `html`: a
    fragment behind both. The page is read without a network: nothing in the fragment may be fetched.
    """

    title: str
    text: str = ""
    names: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    html: str = ""


@record
class Command:
    """A command of a plugin: `registry NAME` calls `main` with what was typed behind the name.

    `summary`: what it does, in a line; `main` returns the exit status; `parser`: for its help and for completion.
    """

    name: str
    summary: str
    main: Callable[[list[str]], int]
    parser: Callable[[], argparse.ArgumentParser]


class ShownRun(Protocol):
    """A run as its page shows it: what was recorded of it until now."""

    @property
    def id(self) -> str:
        """Its identifier."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def status(self) -> str:
        """FINISHED, FAILED or KILLED."""
        ...

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters of nodes and options by dotted name."""
        ...

    @property
    def tags(self) -> Mapping[str, str]:
        """What it is searched by."""
        ...

    @property
    def metrics(self) -> Mapping[str, Sequence[Point]]:
        """The history of every metric."""
        ...

    @property
    def files(self) -> Sequence[str]:
        """The files that it has kept."""
        ...

    def text(self, path: str) -> str:
        """Return a text file; empty if there is none of that name."""
        ...

    def json(self, path: str) -> Any:
        """Return what a JSON file holds; None if there is none of that name that can be read."""
        ...

    def last(self, metric: str) -> float | None:
        """Return the last value of a metric; None for one that the run has not."""
        ...
