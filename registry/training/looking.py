"""Lets monitors look at their moments, and logs what they find."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import tensorflow as tf

from registry.contract.monitor import Findings, Moment
from registry.reporting.record import FIGURES
from registry.training.monitors import MonitorRunner
from registry.training.standing import Standing
from registry.training.strategies.averaging import Averaging
from registry.training.strategies.memories import MonitorMemories
from registry.wiring.watching import deciding

FAILED_MONITORS = "monitors.failed"
"""The tag that names the monitors that have failed."""


class Looks:
    """The looks of a run's monitors, at the averaged weights where a stage averages them."""

    def __init__(self, standing: Standing, averaging: Averaging) -> None:
        self._standing, self._averaging, run = standing, averaging, standing.run
        largest = max((stage.options.batch_size for stage in run.options.stages), default=1)
        watch = run.options.plotting.watch
        self._monitors = MonitorRunner(run.compiled, run.feed, largest, run.folder / "plots", watch)
        self._deciding = [deciding(index, stage, run.checked) for index, stage in enumerate(run.options.stages)]
        self.memories = MonitorMemories(run, self._monitors)
        self._failed_ones: list[str] = []
        run.feed.keys = frozenset({*run.feed.keys, *self._monitors.data_keys()})

    def look(self, moment: Moment) -> None:
        """Let the monitors look, log what they found and show what they say; rank 0 does, while the others wait."""
        run = self._standing.run
        if not run.ranks.first:
            return
        chosen = self._deciding[self._standing.position.stage] if moment == "epoch" else frozenset()
        with self._averaging.applied():
            number = self._number(moment)
            for node, findings in self._monitors.look(moment, run.step, run.epochs_done, number, chosen):
                if isinstance(findings, str):
                    self._failed(node, findings)
                else:
                    self._found(node, findings, moment)

    def _number(self, moment: Moment) -> int:
        """Return the moment's number among those of its kind: records count from 0, epochs from 1."""
        if moment == "record":
            return (self._standing.tally.records - 1) // self._standing.run.options.plotting.plot_frequency
        return self._standing.run.epochs_done if moment == "epoch" else 0

    def again(self) -> None:
        """Let the monitors see the untrained network of a run that is resumed: they may compare with it at the end."""
        if not self._standing.run.ranks.first:
            return
        for node, found in self._monitors.look("start", 0, 0):
            if isinstance(found, str):
                self._failed(node, found)

    def done(self) -> None:
        """Note that there is nothing more for the monitors to look at, until the next moment."""
        self._standing.tally = replace(self._standing.tally, due="")
        self._standing.settle()

    def some_columns(self) -> Mapping[str, tf.Tensor]:
        """Return the columns that the inference model takes, of the event that monitors look at; or none."""
        run = self._standing.run
        model, (part, event) = run.compiled.inference, self._monitors.fixed_event()
        if model is None or not len(event):
            return {}
        return replace(run.feed, keys=frozenset(model.input)).read(part, event).tensors

    def _found(self, node: str, findings: Findings, moment: Moment) -> None:
        run = self._standing.run
        run.log_metrics({f"{node}/{name}": value for name, value in findings.metrics.items()})
        for file in findings.files:
            run.log_file(file, f"plots/{node}")
        if findings.figures:
            plain = {title: figure.plain() for title, figure in findings.figures.items()}
            run.log_text(json.dumps(plain), f"{FIGURES}/{node}.json")
        if findings.text:
            run.progress.line(findings.text)
            run.log_text(findings.text, f"findings/{node}.{moment}.txt")

    def _failed(self, node: str, text: str) -> None:
        """Say, and keep with the run, that a monitor has failed: it changes no weight, so that the training goes on."""
        run = self._standing.run
        run.failures.append(text)
        run.progress.line(f"warning: {text}\n  the training goes on without this monitor")
        run.log_text(text + "\n", f"findings/{node}.failed.txt")
        run.tag(FAILED_MONITORS, ", ".join([*self._failed_ones, node]))
        self._failed_ones.append(node)
