"""What differs between two graphs, as an object that prints as a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry.comparing.difference import Difference, difference
from registry.comparing.picture import union
from registry.comparing.report import markdown_report, text_report
from registry.drawing.files import draw
from registry.interface.arguments import Paths, Settings, listed, settings
from registry.interface.graph import Graph
from registry.interface.run import Run
from registry.tracking.addresses import opened
from registry.tracking.runs import RUN
from registry.wiring.checked_graph import CheckedGraph


@dataclass(frozen=True, repr=False)
class GraphDiff:
    """What differs between two graphs; names of nodes and their order do not count.

    `first` and `second` are what was compared, as text; `difference` lists all that differs.
    """

    first: str
    second: str
    difference: Difference

    @property
    def equal(self) -> bool:
        """Nothing differs but names and order."""
        return self.difference.equal

    @property
    def text(self) -> str:
        """The report for a terminal."""
        return text_report(self.difference, self.first, self.second)

    @property
    def markdown(self) -> str:
        """The report as Markdown, for a pull request."""
        return markdown_report(self.difference, self.first, self.second)

    def draw(self, file: str | Path) -> None:
        """Draw both graphs as one picture; the ending chooses the form, as for a graph."""
        scene, marks = union(self.difference)
        draw(scene, str(file), marks=marks, note=self.text)

    def __repr__(self) -> str:
        return self.text


def diff(
    first: Graph | Run | str | Path,
    second: Graph | Run | str | Path,
    set: Settings = (),
    config: Paths = (),
    plugins: Paths = (),
) -> GraphDiff:
    """Return what has to change to turn the first graph into the second.

    Each is a graph, a run, or an address: a file, "git:REV:PATH" or "run:ID". `set`, `config` and `plugins` are laid
    over both where they are addresses, as `load` does it. Raises InputError for an address that names nothing.
    """
    laid_over = (listed(config), settings(set), listed(plugins))
    with _opened(first, *laid_over) as one, _opened(second, *laid_over) as other:
        return GraphDiff(_name(first), _name(second), difference(one, other))


@contextmanager
def _opened(
    which: Graph | Run | str | Path, configs: Sequence[str], sets: Sequence[str], plugins: Sequence[str]
) -> Iterator[CheckedGraph]:
    if isinstance(which, Graph):
        yield which.checked
        return
    own = which.plugins if isinstance(which, Run) else ()
    with opened(_name(which), configs, sets, [*own, *plugins]) as checked:
        yield checked


def _name(which: Graph | Run | str | Path) -> str:
    if isinstance(which, Graph):
        return which.arguments[0]
    return f"{RUN}{which.id}" if isinstance(which, Run) else str(which)
