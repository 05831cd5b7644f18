"""The training loop: the stages of a run, with validation, monitors and checkpoints in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import tensorflow as tf

from registry.configuration.options import Stage
from registry.training.changes import apply_changes
from registry.training.checkpoint import CHECKPOINT_FOLDER, Checkpoints, Position
from registry.training.epochs import Epochs
from registry.training.keeping import Keeper
from registry.training.lengths import is_over
from registry.training.looking import Looks
from registry.training.observers import call_hook
from registry.training.optimizers import exclude, make_optimizer
from registry.training.recorder import Recorder
from registry.training.rules import step_rule
from registry.training.run import Run
from registry.training.saved import Saved
from registry.training.standing import Standing
from registry.training.step import Steps
from registry.training.stopping import stop_if_asked
from registry.training.strategies.averaging import Averaging
from registry.training.strategies.final_weights import final_weights
from registry.training.strategies.keeping_best import KeepBest
from registry.training.strategies.learning_rate import LearningRate
from registry.training.strategies.loss_weights import LossWeights
from registry.training.strategies.stopping_early import StopEarly
from registry.training.strategies.watched import logged_as
from registry.training.variables import variables_of


class Trainer:
    """Trains a run's network through its stages."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.variables = variables_of(run.compiled)
        self.checkpoints = Checkpoints(run.folder / CHECKPOINT_FOLDER, run.identity)
        self._standing = Standing(run)
        weights, self._averaging = LossWeights(run), Averaging(run)
        self._best = KeepBest(run, [item.variable for item in self.variables], self._averaging)
        self.steps = Steps(run.compiled, weights, self._averaging, run.ranks)
        self._recorder = Recorder(self._standing, self.steps)
        self._looks = Looks(self._standing, self._averaging)
        self._epochs = Epochs(
            self.steps, self._standing, self._recorder, self._looks, self._averaging, self._save_if_long_ago
        )
        self._strategies = self._epochs.strategies
        self._strategies += [LearningRate(run), weights, self._averaging, StopEarly(run), self._best]
        self._strategies.append(self._looks.memories)
        self._keeper = Keeper(self.checkpoints, self._standing, self.variables, self._best)
        self._keeper.strategies = self._strategies
        self._rule = run.options.optimizer
        self._make_optimizer()
        self.begun = False
        """The weights are those of this run: of its start, or of the checkpoint that it goes on from."""
        self._final = ""

    def fit(self, resumed: Saved | None = None) -> None:
        """Run all stages, or what is left of them after the checkpoint that a run is resumed from.

        Raises RunError if the loss stops being finite, KeyboardInterrupt on Ctrl-C; either way a checkpoint has been
        saved. Raises InputError for a checkpoint of another network.
        """
        begun = resumed.position if resumed else Position()
        self._begin(resumed)
        for index, stage in enumerate(self.run.options.stages):
            self._start_stage(index, stage)
            if resumed and index == begun.stage:
                self._keeper.restore(resumed, self.steps)
            if index >= begun.stage:
                first = begun if index == begun.stage else Position(index)
                self._standing.position = replace(first, step=0, epochs_done=0)
                self._run_stage(index, stage)
            call_hook(self.run.checked.registry, "stage_ended", run=self.run, stage=index)
            if self.run.ending == "training":
                break
            self.run.ending = ""
        self.use_final_weights()
        self._looks.look("end")
        self._looks.done()

    def use_final_weights(self) -> str:
        """Give the network the weights that its saved model is to have; return which they are."""
        if not self._final:
            # The model is saved as it was declared, whatever the last stage computed in.
            self.steps.precision.set("float32")
            self._final = final_weights(self.run, self._best, self._averaging)
        return self._final

    @property
    def final_step(self) -> int:
        """The step that the weights of the saved model are from."""
        return int(self._best.about["step"]) if self._best.values else self.run.step

    def some_columns(self) -> Mapping[str, tf.Tensor]:
        """Return the columns that the inference model takes, of the event that monitors look at; or none."""
        return self._looks.some_columns()

    def _begin(self, resumed: Saved | None) -> None:
        """Let the monitors see the untrained network; then take the weights of the checkpoint, if there is one."""
        if resumed is None:
            self._looks.look("start")
            self._looks.done()
            # What an untrained network is like is no figure of the first epoch.
            self.run.latest = {}
        else:
            self._looks.again()
            resumed.restore_model(self.variables)
            self.run.step, self.run.epochs_done = resumed.position.step, resumed.position.epochs_done
            self._standing.position, self._standing.tally = resumed.position, resumed.tally
            self.run.latest = dict(resumed.latest)
        self.begun = True

    def _make_optimizer(self) -> None:
        self.optimizer = self._keeper.optimizer = make_optimizer(self._rule, 1e-3)
        exclude(self.optimizer, self._rule, self.run.compiled)
        call_hook(self.run.checked.registry, "optimizer_made", run=self.run, optimizer=self.optimizer)

    def _start_stage(self, index: int, stage: Stage) -> None:
        run, options = self.run, stage.options
        apply_changes(stage, run.checked, run.compiled.layers)
        # Slots belong to the set of trained weights: a new optimiser wherever that set or the rule changes.
        if options.optimizer or options.freeze or options.unfreeze:
            self._rule = options.optimizer or self._rule
            self._make_optimizer()
        rule = step_rule(self._rule, options, run.ranks.size)
        if not self.optimizer.built or options.set or rule != self.steps.rule:
            self.steps.retrace(self.optimizer, rule)
        for strategy in self._strategies:
            strategy.start_stage(stage, self.optimizer)
        call_hook(run.checked.registry, "stage_started", run=run, stage=index)

    def _run_stage(self, index: int, stage: Stage) -> None:
        """Do a stage's epochs from a position on, and leave a checkpoint whatever ends it."""
        standing, stages = self._standing, self.run.options.stages
        self.run.warn(self.steps.trace(f"{stage.label} ({index + 1}/{len(stages)})"))
        try:
            if standing.tally.due:
                # A run that goes on on another machine has no file here yet.
                self._save()
            self._look_if_due()
            if self.run.ending:
                self._end_early(stage)
            while not is_over(stage.options, standing.position, self._epochs.clock.spent()):
                epoch, epochs = standing.position.epoch + 1, stage.options.epochs
                self.run.progress.epoch_started(index + 1, len(stages), stage.label, epoch, epochs)
                show = self._epochs.train(stage, self.optimizer)
                try:
                    self.run.ranks.check_same((item.variable for item in self.variables), self.run.progress.where)
                    self._save()
                    self._look_if_due()
                finally:
                    show()
                stop_if_asked(self.run)
                self.run.ranks.agree(self.run.interrupts)
                if self.run.ending:
                    self._end_early(stage)
        except BaseException:
            self._save()
            raise

    def _look_if_due(self) -> None:
        """Let the monitors look, and the strategies decide with what is known after an epoch."""
        due = self._standing.tally.due
        if not due:
            return
        run = self.run
        if due == "epoch":
            self._keeper.keep(run.options.stages[self._standing.position.stage].options)
        self._looks.look(due)
        found = run.ranks.shared([run.latest, run.ending, run.ended_because])
        run.latest, run.ending, run.ended_because = found
        with run.interrupts.held():
            if due == "epoch":
                for strategy in self._strategies:
                    strategy.epoch_ended(self.run.latest)
                self.run.progress.decides = self._watched()
                self.run.latest = {}
                if self._best.improved:
                    self._keeper.save_best()
            self._looks.done()

    def _watched(self) -> str:
        """Return the metric that decides how the stage goes on, with its value."""
        options = self.run.options.stages[self._standing.position.stage].options
        rule = options.stop_early or options.keep_best
        name = logged_as(rule.metric, self.run.latest) if rule else ""
        return f"{name} {self.run.latest[name]:.4g}" if name else ""

    def _end_early(self, stage: Stage) -> None:
        """Leave a stage before its last epoch: it counts as done."""
        run, position = self.run, self._standing.position
        text = f"the {run.ending} ends after epoch {position.epoch} of {stage.label}: {run.ended_because}"
        run.progress.line(text)
        run.log_text(text + "\n", f"ended_early.{position.stage + 1}.txt")
        self._standing.position = replace(position, ended=True)
        self._save()

    def _save_if_long_ago(self) -> None:
        if self._keeper.is_long_ago():
            self._save()

    def _save(self) -> None:
        self._keeper.save(self.steps, self._recorder, self._epochs.clock)
