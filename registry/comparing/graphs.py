"""Opens the graphs of recorded runs, each once, for as long as they are compared and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType

from registry.comparing.recorded import Compared
from registry.contract.errors import InputError, RunError
from registry.tracking.addresses import opened
from registry.wiring.checked_graph import CheckedGraph


class Graphs(AbstractContextManager["Graphs"]):
    """The graphs of runs; what was unpacked for them stays until the context ends.

    `faults`: why graphs cannot be opened, by the address of the run.
    """

    def __init__(self, plugins: Sequence[str] = ()) -> None:
        self._plugins, self._stack = plugins, ExitStack()
        self._opened: dict[str, CheckedGraph | None] = {}
        self.faults: dict[str, str] = {}

    def of(self, run: Compared) -> CheckedGraph | None:
        """Return the graph of a run, None if it cannot be opened."""
        if run.address not in self._opened:
            try:
                checked: CheckedGraph | None = self._stack.enter_context(opened(run.address, [], [], self._plugins))
            except (InputError, RunError) as error:
                checked = None
                self.faults[run.address] = str(error).partition("\n")[0]
            self._opened[run.address] = checked
        return self._opened[run.address]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
