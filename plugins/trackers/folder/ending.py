"""Closes a run whose process was killed before it could say how it ended."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from registry.contract.run_store import Status
from registry.plugins.trackers.folder.layout import FILES, RUN_FILE, run_folder, write_json, write_text
from registry.plugins.trackers.folder.tracker import recording


def end(run: str, status: Status, texts: Mapping[str, str]) -> None:
    """Close a run that is RUNNING, with texts by path; raises RunError if there is none, or it cannot be written."""
    folder = run_folder(run)
    with recording(folder):
        head = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        if head["status"] != "RUNNING":
            return
        for path, text in texts.items():
            write_text(folder / FILES / path, text)
        write_json(folder / RUN_FILE, {**head, "status": status, "ended": time.time()})
