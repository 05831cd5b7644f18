"""Writes the page of a run at its end, and records it with what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from registry.compiling.carried_read_out import READ_OUT
from registry.console.files import write_whole
from registry.contract.run_store import Status
from registry.reporting.page import page
from registry.reporting.plugin_sections import plugin_sections
from registry.reporting.record import EVENT_FILE, NODES_FILE, PAGE_FILE, WARNINGS_FILE, parent_of
from registry.tracking.runs import Runs
from registry.training.event_display import event_display
from registry.training.node_measures import measures
from registry.training.observing import typical_event
from registry.training.run import Run


def write_page(run: Run, status: Status, read_out: Mapping[str, Any]) -> None:
    """Write the page of a run into its folder, and hand it to every tracker; what it shows of the network beside it.

    `read_out`: what the saved model says of how clusters are made.
    """
    lines = [*(problem.headline() for problem in run.checked.warnings), *run.progress.warnings]
    if lines:
        run.log_text("\n".join(dict.fromkeys(lines)) + "\n", WARNINGS_FILE)
    if run.options.plotting.page:
        _look(run, read_out)
        path = run.folder / PurePosixPath(PAGE_FILE).name
        record = run.collected.record(status)
        further, faults = plugin_sections(record, run.checked.registry)
        for fault in faults:
            run.progress.line(fault.render())
        write_whole(path, page(record, run.checked, parent_of(record, Runs.known_to(run.checked)), further))
        run.log_file(path, str(PurePosixPath(PAGE_FILE).parent))


def _look(run: Run, read_out: Mapping[str, Any]) -> None:
    """Record the time and the gradient of every node, and the event that monitors look at."""
    part, event = typical_event(run.feed.source)
    if not len(event):
        return
    run.log_text(json.dumps(measures(run.compiled, run.feed.read(part, event).tensors), indent=1), NODES_FILE)
    shown = event_display(run, read_out.get(READ_OUT, {}).get("with", {}))
    if shown is not None:
        run.log_text(json.dumps(shown.plain()), EVENT_FILE)
