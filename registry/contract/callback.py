"""What a plugin's callback may observe of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.contract.run import Run


class Callback:
    """Observes a run; subclasses override what they need. Nothing is called inside the training step.

    `run.end_stage(reason)` and `run.end_training(reason)` end a stage, or the whole training, after the current epoch;
    the run is FINISHED. StopIteration with a reason ends the training, too. Whatever else is raised fails the run.
    """

    def on_start(self, run: Run) -> None:
        """Before the first step."""

    def on_record(self, run: Run, metrics: dict[str, float]) -> None:
        """After every `record_frequency` batches, with the mean of every training metric since the last record."""

    def on_epoch_end(self, run: Run, metrics: dict[str, float]) -> None:
        """After each epoch, with its training and validation metrics."""

    def on_end(self, run: Run, status: str) -> None:
        """After the run, with FINISHED, FAILED or KILLED."""
