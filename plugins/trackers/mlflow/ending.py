"""Closes a run whose process was killed before it could say how it ended."""

from __future__ import annotations

import time
from collections.abc import Mapping

from registry.contract.errors import RunError
from registry.contract.run_store import Status
from registry.plugins.trackers.mlflow.client import open_client, run_error, tracking_uri
from registry.plugins.trackers.mlflow.receiver import MlflowReceiver
from registry.plugins.trackers.mlflow.records import End, Text


def end(run: str, status: Status, texts: Mapping[str, str]) -> None:
    """Close a run that is RUNNING, with texts by path; raises RunError if there is none, or it cannot be recorded."""
    uri = tracking_uri()
    try:
        client = open_client(uri)
        if client.get_run(run).info.status != "RUNNING":
            return
        receiver = MlflowReceiver(client, run)
        for path, text in texts.items():
            receiver.send([Text(text, path)])
        receiver.send([End(status, int(time.time() * 1000))])
    except RunError:
        raise
    except Exception as error:
        raise run_error(uri, error) from error
