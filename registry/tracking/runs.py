"""Reads files of logged runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from registry.tracking.store import open_client, tracking_uri, without_password


def download(run: str, path: str) -> Path:
    """Return a local copy of a file of a run ("model/model.keras"); raise OSError if it cannot be had."""
    uri = tracking_uri()
    try:
        client = open_client(uri)
        folder = tempfile.mkdtemp(prefix="registry-run-")
        return Path(client.download_artifacts(run, path, folder))
    except Exception as error:
        text = str(error).strip().splitlines()
        reason = text[0] if text else type(error).__name__
        raise OSError(f"{path} of run {run} cannot be had from {without_password(uri)}: {reason}") from error
