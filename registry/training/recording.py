"""Trains between the start of a run's trackers and their end: whatever ends the run, what it has learnt is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import PurePosixPath

from registry.contract.tracker import RunInfo, Status, Tracker
from registry.tracking.runs import MODEL_FILE
from registry.training.checkpoint import CHECKPOINT_FOLDER, Saved
from registry.training.profiling import profile_run
from registry.training.run import Run
from registry.training.trainer import Trainer


def train_recorded(run: Run, trackers: Iterable[Tracker], info: RunInfo, profiled: bool, saved: Saved | None) -> Status:
    """Train from the trackers' start to their end, whatever comes between; return how it ended."""
    trainer = Trainer(run)
    status: Status = "FAILED"
    with run.interrupts:
        try:
            _open(run, trackers, info)
            if profiled:
                profile_run(run)
            trainer.fit(saved)
            status = "FINISHED"
        except KeyboardInterrupt:
            status = "KILLED"
        finally:
            run.interrupts.close()
            _close(run, trainer, status)
    if status == "KILLED":
        path = trainer.checkpoints.path
        kept = f"checkpoint: {path}" if path.exists() else "there is no checkpoint yet"
        run.progress.line(f"interrupted after {run.step} steps; {kept}")
    return status


def _open(run: Run, trackers: Iterable[Tracker], info: RunInfo) -> None:
    """Open the run in every tracker, whole even if it is interrupted meanwhile; then the callbacks start."""
    with run.interrupts.held():
        for tracker in trackers:
            tracker.start(info)
            run.trackers.append(tracker)
    for callback in run.callbacks:
        callback.on_start(run)


def _close(run: Run, trainer: Trainer, status: Status) -> None:
    """Log the checkpoint and the model as they are now, and end the run in every tracker."""
    with ExitStack() as trackers:
        for tracker in run.trackers:
            trackers.callback(tracker.finish, status)
        if run.compiled.inference is not None:
            file = PurePosixPath(MODEL_FILE)
            path = run.folder / file.name
            run.compiled.inference.save(path)
            run.log_file(path, str(file.parent))
        if trainer.checkpoints.path.exists():
            run.log_file(trainer.checkpoints.path, CHECKPOINT_FOLDER)
        for callback in run.callbacks:
            callback.on_end(run, status)
