"""The training loop: stages, epochs, batches; records, validation, monitors and checkpoints in between."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import tensorflow as tf

from registry.configuration.options import Stage
from registry.contract.errors import RunError
from registry.contract.monitor import Moment
from registry.training import nonfinite
from registry.training.changes import apply_changes
from registry.training.checkpoint import CHECKPOINT_FOLDER, Checkpoints, Due, Position, State, Tally
from registry.training.feeding import Batch
from registry.training.monitors import MonitorRunner
from registry.training.observers import notify, observed
from registry.training.run import Run
from registry.training.saved import Saved
from registry.training.step import Steps, make_optimizer
from registry.training.variables import variables_of

CHECKPOINT_SECONDS = 600.0
"""Time after which a checkpoint is saved within a long epoch."""


class Trainer:
    """Trains a run's network through its stages."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.steps = Steps(run.compiled)
        self.variables = variables_of(run.compiled)
        self.checkpoints = Checkpoints(run.folder / CHECKPOINT_FOLDER, run.identity)
        largest = max((stage.options.batch_size for stage in run.options.stages), default=1)
        self.monitors = MonitorRunner(run.compiled, run.feed, largest, run.folder / "plots")
        run.feed.keys = frozenset({*run.feed.keys, *self.monitors.data_keys()})
        self._rule = run.options.optimizer
        self.optimizer = make_optimizer(self._rule, 1e-3)
        self._recent: list[Batch] = []
        self._position, self._tally = Position(), Tally()
        self._saved_at = time.monotonic()
        self._warned: set[str] = set()
        self.begun = False
        """The weights are those of this run: of its start, or of the checkpoint that it goes on from."""

    def fit(self, resumed: Saved | None = None) -> None:
        """Run all stages, or what is left of them after the checkpoint that a run is resumed from.

        Raises RunError if the loss stops being finite, KeyboardInterrupt on Ctrl-C; either way a checkpoint has been
        saved. Raises InputError for a checkpoint of another network.
        """
        first = resumed.position if resumed else self._position
        self._begin(resumed)
        for index, stage in enumerate(self.run.options.stages):
            self._start_stage(index, stage)
            if resumed and index == first.stage:
                resumed.restore(self._state())
            if index >= first.stage:
                self._run_stage(index, stage, first if index == first.stage else Position(index))
            hook = self.run.checked.registry.hook.stage_ended
            observed("hook stage_ended", partial(hook, run=self.run, stage=index))
            if self.run.ending == "training":
                break
            self.run.ending = ""
        self._look("end")

    def some_columns(self) -> Mapping[str, tf.Tensor]:
        """Return the columns that the inference model takes, of the event that monitors look at; or none."""
        feed, model = self.run.feed, self.run.compiled.inference
        part, event = self.monitors.fixed_event()
        if model is None or not len(event):
            return {}
        keys = frozenset(model.input)
        return replace(feed, keys=keys).read(part, event).tensors

    def _begin(self, resumed: Saved | None) -> None:
        """Let the monitors see the untrained network; then take the weights of the checkpoint, if there is one."""
        if resumed is None:
            self._look("start")
        else:
            # Recorded when the run began; monitors may compare with it at the end.
            for node, found in self.monitors.look("start", 0, 0):
                if isinstance(found, str):
                    self._monitor_failed(node, found)
            resumed.restore_model(self.variables)
            self.run.step, self.run.epochs_done = resumed.position.step, resumed.position.epochs_done
            self._position, self._tally = resumed.position, resumed.tally
        self.begun = True

    def _start_stage(self, index: int, stage: Stage) -> None:
        run, options = self.run, stage.options
        apply_changes(stage, run.checked, run.compiled.layers)
        # Slots belong to the set of trained weights: a new optimiser wherever that set or the rule changes.
        if options.optimizer or options.freeze or options.unfreeze:
            self._rule = options.optimizer or self._rule
            self.optimizer = make_optimizer(self._rule, options.learning_rate)
        self.optimizer.learning_rate = options.learning_rate
        if not self.optimizer.built or options.set:
            self.steps.retrace(self.optimizer, self._rule.clipnorm)
        hook = run.checked.registry.hook.stage_started
        observed("hook stage_started", partial(hook, run=run, stage=index))

    def _warn(self, text: str) -> None:
        """Show a warning, once."""
        if text and text not in self._warned:
            self._warned.add(text)
            self.run.progress.line(f"warning: {text}")

    def _run_stage(self, index: int, stage: Stage, first: Position) -> None:
        """Do a stage's epochs from a position on, and leave a checkpoint whatever ends it."""
        self._warn(self.steps.trace(f"{stage.label} ({index + 1}/{len(self.run.options.stages)})"))
        try:
            if self._tally.due:
                self._look(self._tally.due)
            for epoch in range(first.epoch, stage.options.epochs):
                self._position = Position(index, epoch, first.batch if epoch == first.epoch else 0)
                self._epoch(stage)
                self._save()
                self._look("epoch")
                if self.run.ending:
                    self._end_early(stage)
                    break
        except BaseException:
            self._save()
            raise

    def _end_early(self, stage: Stage) -> None:
        """Leave a stage before its last epoch: it counts as done."""
        run = self.run
        text = f"the {run.ending} ends after epoch {self._position.epoch} of {stage.label}: {run.ended_because}"
        run.progress.line(text)
        run.log_text(text + "\n", f"ended_early.{self._position.stage + 1}.txt")
        self._position = replace(self._position, epoch=stage.options.epochs)
        self._save()

    def _epoch(self, stage: Stage) -> None:
        run, stages, epoch = self.run, self.run.options.stages, self._position.epoch
        run.progress.epoch_started(self._position.stage + 1, len(stages), stage.label, epoch + 1, stage.options.epochs)
        started, waited = time.perf_counter(), run.feed.waited
        done = run.step
        means = self._train_epoch(stage)
        if run.step > done:
            self._warn(self.steps.gradients.check_reached(run.progress.where))
        waiting = (run.feed.waited - waited) / (time.perf_counter() - started)
        validation = self._validate(stage)
        with run.interrupts.held():
            run.epochs_done += 1
            self._position = Position(self._position.stage, epoch + 1)
            seconds = time.perf_counter() - started
            metrics = self._log_epoch(means, validation, seconds, waiting)
            self._tally = Tally(records=self._tally.records, due="epoch", history=run.history.count)
        run.progress.epoch_ended(means, validation, seconds, waiting)
        notify(run, "on_epoch_end", metrics)
        self._settle()

    def _log_epoch(
        self, means: dict[str, float], validation: dict[str, float], seconds: float, waiting: float
    ) -> dict[str, float]:
        metrics = {f"validation/{name}": value for name, value in validation.items()}
        metrics |= {f"epoch/{name}": value for name, value in means.items()}
        metrics |= {"epoch/seconds": seconds, "epoch/waiting_for_data": waiting}
        metrics |= {"epoch/stage": self._position.stage + 1, "epoch/epoch": self.run.epochs_done}
        self.run.log_metrics(metrics)
        return metrics

    def _train_epoch(self, stage: Stage) -> dict[str, float]:
        """Train on every batch, or on those that are left; return the mean of every loss term over the epoch."""
        run, position = self.run, self._position
        batches = run.feed.batches("train", stage.options.batch_size, run.epochs_done)
        if not batches:
            raise RunError("no training event has a hit: there is nothing to learn from")
        # A run that is resumed may have been stopped between a step and its record.
        self._record_if_due(position.batch, len(batches))
        stream = run.feed.stream("train", batches[position.batch :], run.epochs_done)
        for number, batch in enumerate(stream, start=position.batch + 1):
            self._set_learning_rate(stage, (position.epoch + (number - 1) / len(batches)) / stage.options.epochs)
            self._recent.append(batch)
            with run.interrupts.held():
                self.steps.train(self.steps.inputs(batch), tf.constant(run.step, tf.int64))
                run.step += 1
                self._position = replace(position, batch=number)
            run.progress.batch_done(batch.hits)
            self._record_if_due(number, len(batches))
        done = self._tally.batches
        return {name: value / done for name, value in self._tally.totals.items()} if done else {}

    def _set_learning_rate(self, stage: Stage, progress: float) -> None:
        final, start = stage.options.final_learning_rate, stage.options.learning_rate
        if final is not None:
            self.optimizer.learning_rate = final + (start - final) * 0.5 * (1 + math.cos(math.pi * progress))

    def _record_if_due(self, batch: int, batches: int) -> None:
        """Record after every so many batches, and after the last one of an epoch; then do what is due with it."""
        frequency = self.run.options.plotting.record_frequency
        if batch <= self._tally.batches or (batch % frequency and batch < batches):
            return
        self._record(batch, batches)
        if self._tally.due:
            self._look("record")
        if time.monotonic() - self._saved_at > CHECKPOINT_SECONDS:
            self._save()

    def _record(self, batch: int, batches: int) -> None:
        """Read the sums of the terms, show and log their means; stop if a step was not finite."""
        run = self.run
        bad = int(self.steps.bad_step.numpy())
        if bad >= 0:
            self._stop_at(bad)
        self._recent.clear()
        with run.interrupts.held():
            means = self.steps.train_sums.take()
            self._check_terms("training", means)
            metrics = {f"train/{name}": value for name, value in means.items()}
            metrics["train/learning_rate"] = float(self.optimizer.learning_rate)
            run.log_metrics(metrics)
            self._tally = self._counted(means, batch)
        run.progress.record(batch, batches, means)
        notify(run, "on_record", metrics)
        self._settle()

    def _counted(self, means: dict[str, float], batch: int) -> Tally:
        """Return the tally after the means of the batches up to `batch` were logged."""
        before, new = self._tally, batch - self._tally.batches
        totals = {name: before.totals.get(name, 0.0) + mean * new for name, mean in means.items()}
        due: Due = "" if before.records % self.run.options.plotting.plot_frequency else "record"
        return Tally(batch, totals, before.records + 1, due, self.run.history.count)

    def _settle(self) -> None:
        """Note that everything logged until now belongs to the state as it is: it will not be done again."""
        self._tally = replace(self._tally, history=self.run.history.count)

    def _stop_at(self, step: int) -> None:
        """Raise the error for a step that was not finite; position and weights are those before it."""
        undone = self.run.step - step
        batch = self._recent[-undone]
        self._position = replace(self._position, batch=self._position.batch - undone)
        self.run.step = step
        names = [self.run.feed.source.describe("train", int(event)) for event in batch.events]
        where = f"step {step} ({self.run.progress.where})"
        raise nonfinite.explain(self.run.compiled, batch, where, names)

    def _validate(self, stage: Stage) -> dict[str, float]:
        """Return the mean of every loss term over the validation events, each event counting once.

        Raises RunError if their loss is not finite.
        """
        run, events = self.run, len(self.run.feed.source.sizes("validation"))
        if not events:
            return {}
        batches = run.feed.batches("validation", stage.options.batch_size)
        if not batches:
            self._warn(f"none of the {events} validation events has a hit: nothing is validated")
            return {}
        for batch in run.feed.stream("validation", batches):
            self.steps.validate(self.steps.inputs(batch), tf.constant(len(batch.events), tf.int64))
        means = self.steps.validation_sums.take()
        self._check_terms("validation", means)
        if not math.isfinite(means["loss"]):
            where = f"the validation after {run.step} steps ({run.progress.where})"
            raise nonfinite.explain_validation(run.compiled, run.feed, batches, where)
        return means

    def _check_terms(self, part: str, means: Mapping[str, float]) -> None:
        """Warn of terms that are not finite although the loss is: they are only for the record."""
        if math.isfinite(means["loss"]):
            bad = [name for name, value in means.items() if not math.isfinite(value)]
            if bad:
                self._warn(f"{part}: not finite, though the loss is: {', '.join(bad)}")

    def _look(self, moment: Moment) -> None:
        """Let the monitors look, log what they found and show what they say."""
        run = self.run
        for node, findings in self.monitors.look(moment, run.step, run.epochs_done):
            if isinstance(findings, str):
                self._monitor_failed(node, findings)
                continue
            run.log_metrics({f"{node}/{name}": value for name, value in findings.metrics.items()})
            for file in findings.files:
                run.log_file(file, f"plots/{node}")
            if findings.text:
                run.progress.line(findings.text)
                run.log_text(findings.text, f"findings/{node}.{moment}.txt")
        self._tally = replace(self._tally, due="")
        self._settle()

    def _monitor_failed(self, node: str, text: str) -> None:
        """Say, and keep with the run, that a monitor has failed: it changes no weight, so that the training goes on."""
        self.run.failures.append(text)
        self.run.progress.line(f"warning: {text}\n  the training goes on without this monitor")
        self.run.log_text(text + "\n", f"findings/{node}.failed.txt")

    def _state(self) -> State:
        return State(self.variables, self.optimizer.variables, self.steps.train_sums.variables)

    def _save(self) -> None:
        run, bad = self.run, int(self.steps.bad_step.numpy())
        # Steps after one that was not finite have changed nothing.
        undone = run.step - bad if bad >= 0 else 0
        position = replace(
            self._position,
            batch=self._position.batch - undone,
            step=run.step - undone,
            epochs_done=run.epochs_done,
        )
        with run.interrupts.held():
            self.checkpoints.save(self._state(), position, self._tally)
        self._saved_at = time.monotonic()
