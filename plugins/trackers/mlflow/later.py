"""Delivers what a run has left in its folder, any number of times with the same result."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

from registry.contract.errors import RunError
from registry.contract.secrets import HIDDEN
from registry.contract.tracker import RUNS_FOLDER
from registry.plugins.trackers.mlflow.client import open_client, run_error
from registry.plugins.trackers.mlflow.journal import Head, Journal, opened
from registry.plugins.trackers.mlflow.outbox import Outbox
from registry.plugins.trackers.mlflow.receiver import MlflowReceiver, Refused, RunGone
from registry.plugins.trackers.mlflow.records import End, Record, shown

if TYPE_CHECKING:
    from mlflow import MlflowClient


def deliver(file: Path) -> str:
    """Record what a run's file `undelivered.jsonl` holds, and remove it; return what was done, in one line.

    Raises RunError, which says why, if something is left: that stays in the file.
    """
    with opened(file.absolute()) as (journal, head, records), chdir(_working_folder(file.absolute())):
        client = _client_with(head)
        refusals: list[str] = []
        never: list[str] = []

        def refused(record: Record, error: Refused) -> None:
            (never if error.never else refusals).append(f"{shown(record)}: {error}")

        outbox = Outbox(MlflowReceiver(client, head.run), refused)
        outbox.add(records)
        try:
            outbox.send(again=True)
        except RunGone as error:
            raise RunError(f"run {head.run} ({file.parent}): {error}") from error
        except Exception as error:
            _keep(journal, [*outbox.waiting(), *outbox.aside])
            raise RunError(f"run {head.run} ({file.parent}): {run_error(head.store, error)}") from error
        _keep(journal, outbox.aside)
    done = len(records) - len(outbox.aside) - len(never)
    if outbox.aside:
        raise RunError(_of_refused(head, file, done, refusals, len(outbox.aside)))
    ends = [record.status for record in records if isinstance(record, End)]
    status = f", {ends[-1]}" if ends else ""
    left_out = "".join(f"\n  left out: {text}" for text in never)
    return f"run {head.run} ({head.name}): {done} records delivered{status}{left_out}"


def _of_refused(head: Head, file: Path, done: int, refusals: Sequence[str], left: int) -> str:
    shown_ones = "".join(f"\n  {refusal}" for refusal in refusals[:5])
    return (
        f"run {head.run} ({head.name}): {done} records delivered, {left} refused by mlflow; they stay in {file}"
        f"{shown_ones}"
    )


def _keep(journal: Journal, records: Sequence[Record]) -> None:
    try:
        journal.settle(records)
    except OSError as error:
        raise RunError(f"{error.filename} cannot be written: {error.strerror}; nothing in it is lost") from error


def _working_folder(file: Path) -> Path:
    """Return the folder that the training ran in: its local store, and files of it, are named relative to that."""
    for folder in file.parents:
        if folder.name == RUNS_FOLDER.name:
            return folder.parent
    return Path.cwd()


def _client_with(head: Head) -> MlflowClient:
    """Return a client of the store that has the run: the one of the training, or MLFLOW_TRACKING_URI of today.

    Raises RunError if none answers, or none has it.
    """
    today = os.environ.get("MLFLOW_TRACKING_URI")
    kept = () if HIDDEN in head.store else (head.store,)
    reasons = []
    for uri in dict.fromkeys([*([today] if today else ()), *kept]):
        try:
            client = open_client(uri)
            client.get_run(head.run)
        except Exception as error:
            reasons.append(str(run_error(uri, error)))
        else:
            return client
    reasons = reasons or [f"its server is {head.store}: set MLFLOW_TRACKING_URI to the address with the password"]
    raise RunError(f"run {head.run} ({head.name}) cannot be delivered:\n" + "\n".join(reasons))
