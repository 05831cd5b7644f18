"""The page of a run, as a file that works offline."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from registry.comparing.selecting import select
from registry.console.command import show_warnings
from registry.contract.errors import InputError
from registry.contract.tracker import RUN
from registry.loading.blocks import load_registry
from registry.reporting.page import page
from registry.reporting.plugin_sections import plugin_sections
from registry.reporting.record import parent_of, read
from registry.tracking.addresses import opened
from registry.tracking.runs import RecordedRun, Runs


def page_of(address: str, plugins: Sequence[str] = ()) -> tuple[RecordedRun, str]:
    """Return the run that "run:ID", a name or a folder names, and its page.

    Raises InputError if there is none, RunError if its store cannot be read. What cannot be had of it (a graph whose
    plugins are gone, the run that it was started from) is left out.
    """
    registry = load_registry((name, None) for name in plugins)
    runs = Runs(registry.trackings.values())
    found = select(runs, [address])[0].found
    record = read(found)
    with ExitStack() as stack:
        try:
            checked = stack.enter_context(opened(f"{RUN}{found.summary.id}", (), (), plugins))
        except InputError:
            checked = None
        further, faults = plugin_sections(record, checked.registry if checked else registry)
        show_warnings(faults)
        return found, page(record, checked, parent_of(record, runs), further)
