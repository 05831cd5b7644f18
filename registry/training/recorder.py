"""Records the means of the loss terms; a step that was not finite is found there."""

from __future__ import annotations

import math
from collections.abc import Mapping

import keras
import numpy as np

from registry.training import nonfinite
from registry.training.checkpoint import Due, Tally
from registry.training.feeding import Batch
from registry.training.observers import notify
from registry.training.standing import Standing
from registry.training.step import Steps


class Recorder:
    """The records of a run; it remembers the batches since the last one."""

    def __init__(self, standing: Standing, steps: Steps) -> None:
        self._standing, self._steps = standing, steps
        self._recent: list[tuple[Batch, bool, np.ndarray]] = []

    def note(self, batch: Batch, last: bool, events: np.ndarray) -> None:
        """Remember a batch that is trained on; `last`: the optimiser takes a step after it; `events`: of all ranks."""
        self._recent.append((batch, last, events))

    def record_if_due(self, batch: int, batches: int, optimizer: keras.optimizers.Optimizer) -> bool:
        """Record after every so many batches, and after the last one of an epoch; say whether that was now."""
        frequency = self._standing.run.options.plotting.record_frequency
        if batch <= self._standing.tally.batches or (batch % frequency and batch < batches):
            return False
        self._record(batch, batches, optimizer)
        return True

    def undone(self) -> tuple[int, int]:
        """Return how many batches, and how many steps of the optimiser, came to nothing after one was not finite."""
        bad = int(self._steps.bad_step.numpy())
        batches = self._standing.run.step - bad if bad >= 0 else 0
        return batches, sum(last for _, last, _ in self._recent[len(self._recent) - batches :])

    def check_terms(self, part: str, means: Mapping[str, float]) -> None:
        """Warn of terms that are not finite although the loss is: they are only for the record."""
        if math.isfinite(means["loss"]):
            bad = [name for name, value in means.items() if not math.isfinite(value)]
            if bad:
                self._standing.run.warn(f"{part}: not finite, though the loss is: {', '.join(bad)}")

    def _record(self, batch: int, batches: int, optimizer: keras.optimizers.Optimizer) -> None:
        """Read the sums of the terms, show and log their means; stop if a step was not finite."""
        run = self._standing.run
        if int(self._steps.bad_step.numpy()) >= 0:
            self._stop()
        self._recent.clear()
        with run.interrupts.held():
            means = self._steps.train_sums.take()
            self.check_terms("training", means)
            metrics = {f"train/{name}": value for name, value in means.items()}
            metrics["train/learning_rate"] = float(optimizer.learning_rate)
            run.log_metrics({**metrics, **(run.system.take() if run.system else {})})
            self._standing.tally = self._counted(means, batch)
        run.progress.record(batch, batches, means)
        notify(run, "on_record", metrics)
        self._standing.settle()

    def _counted(self, means: dict[str, float], batch: int) -> Tally:
        """Return the tally after the means of the batches up to `batch` were logged."""
        run, before = self._standing.run, self._standing.tally
        new = batch - before.batches
        totals = {name: before.totals.get(name, 0.0) + mean * new for name, mean in means.items()}
        due: Due = "" if before.records % run.options.plotting.plot_frequency else "record"
        return Tally(batch, totals, before.records + 1, due, run.history.count)

    def _stop(self) -> None:
        """Raise the error for a step that was not finite; the checkpoint will be of the state before it."""
        run, (undone, _) = self._standing.run, self.undone()
        batch, _, events = self._recent[-undone]
        if run.ranks.several:
            batch = run.feed.read("train", events, run.epochs_done)
        names = [run.feed.source.describe("train", int(event)) for event in batch.events]
        where = f"step {run.step - undone} ({run.progress.where})"
        raise nonfinite.explain(run.compiled, batch, where, names)
