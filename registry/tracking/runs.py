"""Reads files of logged runs."""

from __future__ import annotations

from pathlib import Path

from registry.tracking.store import open_client, root_cause, tracking_uri, without_password


def download(run: str, path: str, folder: str) -> Path:
    """Copy a file of a run ("model/model.keras") into a folder, and return it; raise OSError if it cannot be had."""
    uri = tracking_uri()
    try:
        client = open_client(uri)
        return Path(client.download_artifacts(run, path, folder))
    except Exception as error:
        reason = root_cause(error)
        raise OSError(f"{path} of run {run} cannot be had from {without_password(uri)}: {reason}") from error
