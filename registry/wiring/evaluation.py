"""What makes clusters of a graph's predictions, and how they are judged: `Evaluation`, checked against the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, TypeVar, cast

from registry.configuration.evaluation import BlockUse, EvaluationOptions
from registry.configuration.parameters import validate
from registry.contract.block import Block
from registry.contract.clusterer import Clusterer
from registry.contract.errors import Origin, Problems
from registry.contract.failures import PluginFault
from registry.contract.matcher import Matcher
from registry.contract.records import record
from registry.language.value import Value, empty_mapping
from registry.measuring.choices import KNOWN, PREDICTED, TRUE
from registry.measuring.read_out import IS_TRACK, ReadOut
from registry.measuring.words import Words, words_of
from registry.wiring.asking import made
from registry.wiring.loaders import ROW_SPLITS
from registry.wiring.offered import Offered, listing

if TYPE_CHECKING:
    from registry.loading.blocks import Registry
    from registry.wiring.checked_graph import CheckedGraph

Kind = TypeVar("Kind", bound=Block)

SECTION = "Evaluation"


@record
class Evaluation:
    """How a graph's predictions are made into clusters, how these are judged, and what they are called."""

    options: EvaluationOptions
    read_out: ReadOut
    matcher: Matcher
    baselines: Mapping[str, ReadOut] = field(default_factory=dict)
    words: Words = field(default_factory=Words)


def check_evaluation(checked: CheckedGraph, problems: Problems) -> Evaluation | None:
    """Return how a graph is evaluated; None if it cannot be (why is in `problems`)."""
    written = checked.expanded.config.nearest([SECTION])
    value = written if isinstance(written.data, dict) and written is not checked.expanded.config else None
    section = value or empty_mapping(checked.expanded.origin or Origin(checked.expanded.file))
    faults = [problem for problem in problems.errors if not problem.node.startswith(SECTION)]
    offered = Offered.by(checked, whole=not faults and not checked.expanded.broken)
    return read_evaluation(section, offered, checked.registry, problems)


def read_evaluation(section: Value, offered: Offered, registry: Registry, problems: Problems) -> Evaluation | None:
    """Return how predictions are evaluated; None if they cannot be (why is in `problems`).

    A section that says nothing means condensation, and matching by intersection over union.
    """
    options = validate(EvaluationOptions, section, SECTION, problems)
    if registry.incomplete:
        return None
    found = _Checker(offered, registry, problems, section, options or _right_part(section)).run()
    return found if options else None


def _right_part(section: Value) -> EvaluationOptions:
    """Return the options without those in which something is wrong: the others can be checked all the same."""
    right, found = dict[str, Value](), EvaluationOptions()
    for key, item in section.mapping.items():
        value = Value({**right, key: item}, section.origin, section.keys)
        if options := validate(EvaluationOptions, value, SECTION, Problems()):
            right[key], found = item, options
    return found


def states_evaluation(checked: CheckedGraph) -> bool:
    """Say whether a graph, or its options, have a section `Evaluation`."""
    config = checked.expanded.config.data
    return isinstance(config, dict) and SECTION in config and config[SECTION].data is not None


class _Checker:
    def __init__(
        self, offered: Offered, registry: Registry, problems: Problems, section: Value, options: EvaluationOptions
    ) -> None:
        self.registry, self.problems, self.section, self.options = registry, problems, section, options
        self.offered = offered
        self.outputs, self.loaded = offered.outputs, offered.loaded
        self.whole = offered.whole

    def run(self) -> Evaluation | None:
        """Return the evaluation, if all of it is right."""
        before = len(self.problems.errors)
        matcher = self._block(["matcher"], self.options.matcher, Matcher)
        columns = self._columns()
        takes = matcher.takes if isinstance(matcher, Matcher) else ()
        self._check_known(["matcher", "with"], f"the matcher {self.options.matcher.use!r}", takes, columns)
        if self.options.energy.apart:
            self._check_known(["energy", "rule"], "the rule 'tracks'", [IS_TRACK], columns)
        elif IS_TRACK not in takes and IS_TRACK not in self.options.columns:
            # Loaders give it where no hit is a track, too: a read-out does not change by a column that nothing reads.
            columns.pop(IS_TRACK, None)
        read_out = self._read_out(["clusterer"], self.options.clusterer, columns, learned=True)
        if self.options.matcher.inputs:
            place = self.section.key_origin(["matcher", "in"])
            self.problems.error(f"{SECTION}.matcher: a matcher has no inputs", place, hint="remove `in`")
        baselines = {
            name: self._read_out(["baselines", name], use, columns, learned=False)
            for name, use in self.options.baselines.items()
        }
        if read_out is None or matcher is None or None in baselines.values() or len(self.problems.errors) > before:
            return None
        found = cast("dict[str, ReadOut]", baselines)
        units = {name: type_.unit for name, type_ in self.loaded.items() if type_}
        words = words_of(columns, units, self.offered.called)
        return Evaluation(self.options, read_out, cast("Matcher", matcher), found, words)

    def _columns(self) -> dict[str, str]:
        """Return what is known of the hits, by what it is."""
        found: dict[str, str] = {}
        known = {**self.loaded, **self.outputs}
        for name in (*PREDICTED, *KNOWN, *TRUE):
            written = self.options.columns.get(name)  # type: ignore[call-overload]
            offered = self.outputs if name in PREDICTED else self.loaded if name in TRUE else known
            if name in self.options.columns and written is None:
                continue
            if written is None:
                found |= {name: name} if name in offered and (name not in KNOWN or self.offered.measured(name)) else {}
            elif written in offered:
                found[name] = written
            elif self.whole:
                place = self.section.nearest(["columns", name]).origin
                what = "output of the network" if name in PREDICTED else "column of the loader"
                message = f"{SECTION}.columns: {name!r}: there is no {what} {written!r} with one row for each hit"
                self.problems.error(message, place, hint=listing(written, offered))
        return found

    def _check_known(self, path: Sequence[str], what: str, names: Sequence[str], columns: Mapping[str, str]) -> None:
        """Report what something must know of hits and nothing says."""
        for name in names if self.whole else ():
            if name not in columns and self.options.columns.get(name) is None:  # type: ignore[call-overload]
                message = f"{SECTION}.{path[0]}: {what} needs {name!r}, which is no output and no column"
                hint = f"say what it is called: columns: {{{name}: OUTPUT_OR_COLUMN}}"
                self.problems.error(message, self.section.nearest(path).origin, hint=hint)

    def _read_out(
        self, path: Sequence[str], use: BlockUse, columns: Mapping[str, str], learned: bool
    ) -> ReadOut | None:
        block = self._block(path, use, Clusterer)
        if block is None:
            return None
        inputs = self._inputs(path, use, block, learned)
        # What the network says of hits is no part of a baseline.
        known = {name: column for name, column in columns.items() if learned or name not in PREDICTED}
        return None if inputs is None else ReadOut(cast("Clusterer", block), inputs, known, self.options.energy.apart)

    def _block(self, path: Sequence[str], use: BlockUse, kind: type[Kind]) -> Block | None:
        """Return a block with its parameters, or report what is wrong with it."""
        registry, where = self.registry, ".".join([SECTION, *path])
        found = registry.find(use.use)
        place, word = self.section.nearest([*path, "use"]).origin, kind.kind
        if found is None or not issubclass(found, kind):
            names = [name for name, other in registry.blocks.items() if other.kind == word]
            wrong = f"there is no {word} {use.use!r}" if found is None else f"{use.use!r} is a {found.kind}, no {word}"
            self.problems.error(f"{where}: {wrong}", place, hint=listing(use.use, names))
            return None
        written = self.section.nearest([*path, "with"])
        parameters = written if use.parameters else empty_mapping(place)
        params = validate(found.Params, parameters, where, self.problems, use.use)
        if params is None:
            return None
        try:
            asked = made(found, params, registry.provider(use.use))
            for complaint in asked.complaints():
                steps = complaint.parameter.split(".") if complaint.parameter else []
                self.problems.error(complaint.message, parameters.nearest(steps).origin, where, complaint.hint)
        except PluginFault as fault:
            fault.report(self.problems, place, where)
            return None
        return asked.block

    def _inputs(self, path: Sequence[str], use: BlockUse, block: Block, learned: bool) -> dict[str, str] | None:
        """Return the name of the column that each port takes; None if one is missing or does not fit."""
        where, right = ".".join([SECTION, *path]), True
        ports = {port.name: port for port in block.inputs if port.name != ROW_SPLITS}
        for name in use.inputs:
            if name not in ports:
                message = f"{where}: the clusterer {block.name!r} has no input {name!r}"
                self.problems.error(message, self.section.key_origin([*path, "in", name]), hint=listing(name, ports))
                right = False
        found = {}
        for port in ports.values():
            name = use.inputs.get(port.name) or self.offered.column_for(port, learned)
            if name and self.whole:
                fault = self.offered.fault(port, name)
                if fault:
                    origin = self.section.nearest([*path, "in", port.name]).origin
                    self.problems.error(f"{where}: input {port.name!r}: {fault[0]}", origin, hint=fault[1])
                    right = False
                found[port.name] = name
            elif not port.optional and self.whole:
                message = f"{where}: the clusterer {block.name!r} needs its input {port.name!r}: {port.description}"
                hint = f"in: {{{port.name}: OUTPUT}}; the graph's outputs: {', '.join(self.outputs) or 'none'}"
                self.problems.error(message, self.section.nearest(path).origin, hint=hint)
                right = False
        return found if right else None
