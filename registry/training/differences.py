"""Finds what differs between what made a checkpoint and what would go on from it, and where that is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry.configuration.options import Options
from registry.configuration.training_options import LENGTHS, StageOptions
from registry.contract.errors import Origin, Problem, Severity
from registry.training.checkpoint import Position
from registry.training.identity import Identity
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.digest import LENGTH

MANY = 8
"""Problems of one kind that are shown one by one."""


@dataclass(frozen=True)
class Differences:
    """Compares the identity of a training with that of a checkpoint at a position.

    `hint`: what can be done about a difference.
    """

    made: Identity
    now: Identity
    position: Position
    checked: CheckedGraph
    options: Options
    hint: str

    def find(self) -> list[Problem]:
        """Return everything that differs: errors, and warnings of what changes no number, or not surely."""
        errors = [*self._nodes(), *self._outputs(), *self._options(), *self._stages(), *self._data(), *self._code()]
        shown = errors[:MANY]
        if len(errors) > MANY:
            names = ", ".join(sorted({item.node for item in errors[MANY:] if item.node}))
            shown.append(self._problem(f"{len(errors) - MANY} more differences: {names or 'of options'}"))
        return [*shown, *self._warnings()]

    def _nodes(self) -> Iterator[Problem]:
        made, now = self.made.nodes, self.now.nodes
        gone = [path for path in made if path not in now]
        added = [path for path in now if path not in made]
        if gone:
            yield self._problem(f"the run's graph has nodes that this one has not: {', '.join(gone)}")
        if added:
            origin = self.checked.nodes[added[0]].written.origin
            yield self._problem(f"the run's graph has not these nodes of this one: {', '.join(added)}", origin)
        for path in now:
            if path in made:
                for key in _changed(made[path], now[path]):
                    was, is_now = _shown(made[path], key), _shown(now[path], key)
                    message = f"{_called(key)} was {was} in the run, and is {is_now} now"
                    yield self._problem(message, self._of_node(path, key), path)

    def _of_node(self, path: str, key: str) -> Origin:
        written = self.checked.nodes[path].written
        kind, _, name = key.partition(".")
        if kind == "with":
            return written.params.nearest(_steps(name)).origin
        return written.inputs.port_origins.get(name, written.origin) if kind == "in" else written.origin

    def _outputs(self) -> Iterator[Problem]:
        for name in _changed(self.made.outputs, self.now.outputs):
            made, now = _shown(self.made.outputs, name), _shown(self.now.outputs, name)
            yield self._problem(f"the output {name!r} was {made} in the run, and is {now} now")

    def _options(self, plotting: bool = False) -> Iterator[Problem]:
        made, now = self.made.options, self.now.options
        for name in _changed(made, now):
            if name.startswith("Plotting.") == plotting:
                origin = self.checked.expanded.config.nearest(_steps(name)).origin
                message = f"{name} was {_shown(made, name)} in the run, and is {_shown(now, name)} now"
                yield self._problem(message, origin, severity="warning" if plotting else "error")

    def _stages(self) -> Iterator[Problem]:
        """Compare the stages that have begun; those after them may be others."""
        for index, made in enumerate(self.made.stages[: self.position.stage + 1]):
            if index >= len(self.options.stages):
                named = [name for name in ("batch_size", "learning_rate", *LENGTHS) if name in made]
                listing = ", ".join(f"{name} {made[name]}" for name in named)
                number = f"stage {index + 1} ({listing})"
                yield self._problem(f"the run has begun {number} of {len(self.made.stages)}, which is not there now")
                continue
            stage, now = self.options.stages[index], self.now.stages[index]
            for name in _changed(made, now):
                if index == self.position.stage and self._may_be_longer(stage.options, name):
                    continue
                message = f"Training.{index}.{name} was {_shown(made, name)} in the run, and is {_shown(now, name)} now"
                yield self._problem(message, stage.value.nearest(_steps(name)).origin)

    def _may_be_longer(self, stage: StageOptions, name: str) -> bool:
        """Say whether the last stage may have another length: nothing that was done depended on it."""
        if name not in LENGTHS or getattr(stage, name) is None or not isinstance(stage.learning_rate, float):
            return False
        return stage.final_learning_rate is None and (stage.epochs is None or stage.epochs >= self.position.epoch)

    def _data(self) -> Iterator[Problem]:
        loader = self.checked.loader.written
        # Another parameter is said already.
        if self.made.data != self.now.data and self.made.nodes.get(loader.path) == self.now.nodes[loader.path]:
            was, now = self.made.data[:LENGTH], self.now.data[:LENGTH]
            message = f"the events were others in the run: their fingerprint was {was}, and is {now} now"
            yield self._problem(message, loader.origin, loader.path)

    def _code(self) -> Iterator[Problem]:
        was, now = self.made.fingerprints.get("code", ""), self.now.fingerprints.get("code", "")
        if was != now:
            changed = ", ".join(_changed(self.made.code, self.now.code)) or "of the program, or of an installed plugin"
            message = f"the code has changed since the run began ({changed}): fingerprint {was} then, {now} now"
            yield self._problem(message)

    def _warnings(self) -> Iterator[Problem]:
        for name in _changed(self.made.versions, self.now.versions):
            made, now = self.made.versions.get(name, "none"), self.now.versions.get(name, "none")
            text = f"{name} had version {made} when the run began, and has {now} now: the last digits may differ"
            yield Problem(text, severity="warning")
        yield from self._options(plotting=True)
        monitors = _changed(
            {path: str(node) for path, node in self.made.monitors.items()},
            {path: str(node) for path, node in self.now.monitors.items()},
        )
        if monitors:
            yield Problem(f"not as when the run began: {', '.join(monitors)}", severity="warning")

    def _problem(
        self, message: str, origin: Origin | None = None, node: str = "", severity: Severity = "error"
    ) -> Problem:
        return Problem(message, origin, node, self.hint if severity == "error" else "", severity)


def other_kernels(made: Identity, now: Identity) -> list[Problem]:
    """Return a warning if the kernels, or what they run on, are others; where the identity does not say it, none."""
    if not made.kernels or made.kernels == now.kernels:
        return []
    text = f"the kernels were {made.kernels} in the run, and are {now.kernels} now: the last digits may differ"
    return [Problem(text, severity="warning")]


def _changed(made: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the keys whose values differ; one that is missing differs from every value."""
    return [key for key in dict.fromkeys([*now, *made]) if made.get(key) != now.get(key)]


def _shown(values: Mapping[str, str], key: str) -> str:
    return values.get(key, "not given")


def _called(key: str) -> str:
    """Return what a message calls something that a node was declared with."""
    kind, _, name = key.partition(".")
    return {"use": "its block", "with": f"parameter {name!r}", "in": f"input {name!r}"}.get(kind, key)


def _steps(name: str) -> list[str | int]:
    """Return the path that a dotted name stands for, "seed_radius" or "Optimizer.name"."""
    return [int(part) if part.isdigit() else part for part in name.split(".")]
