"""What the ranks do that do not record: they train, and nothing else."""

from __future__ import annotations

import shutil

from registry.contract.run_store import Status
from registry.training.beginning import Beginning
from registry.training.outcome import Outcome
from registry.training.run import Run
from registry.training.trainer import Trainer


def follow(run: Run, beginning: Beginning) -> Outcome:
    """Train as a rank that leaves validation, records and checkpoints to rank 0; return how it ended.

    Raises RunError if the training fails, or another rank is gone.
    """
    status: Status = "FINISHED"
    try:
        with run.interrupts:
            try:
                with run.ranks.held(run.interrupts):
                    Trainer(run).fit(beginning.resumed.saved if beginning.resumed else None)
            except KeyboardInterrupt:
                status = "KILLED"
            run.interrupts.close()
            # Rank 0 saves and records: it would take a rank that has ended for one that has died.
            run.ranks.shared(None)
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)
    return Outcome(status, "", "", run.folder, beginning.tracker, signal=run.interrupts.number)
