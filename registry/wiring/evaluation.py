"""What makes clusters of a graph's predictions, and how they are judged: `Evaluation`, checked against the graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, TypeVar, cast

from registry.configuration.evaluation import BlockUse, EvaluationOptions
from registry.configuration.parameters import validate
from registry.contract.axes import Axis, TensorType
from registry.contract.block import Block, Port
from registry.contract.clusterer import Clusterer
from registry.contract.errors import Origin, Problems, did_you_mean
from registry.contract.failures import PluginFault
from registry.contract.matcher import Matcher
from registry.contract.ports import is_energy
from registry.contract.records import record
from registry.language.value import Value, empty_mapping
from registry.measuring.choices import KNOWN, PREDICTED, TRUE
from registry.measuring.read_out import ReadOut
from registry.measuring.words import Words, words_of
from registry.wiring.asking import made
from registry.wiring.loaders import ROW_SPLITS
from registry.wiring.truth import declared_truth

if TYPE_CHECKING:
    from registry.loading.blocks import Registry
    from registry.wiring.checked_graph import CheckedGraph

Kind = TypeVar("Kind", bound=Block)

SECTION = "Evaluation"

CLUSTER_SPACE = {"coordinates": "ccoords"}
"""Outputs that a read-out takes for a port that is not named, where the graph has them: the learned space."""


@record
class Evaluation:
    """How a graph's predictions are made into clusters, how these are judged, and what they are called."""

    options: EvaluationOptions
    read_out: ReadOut
    matcher: Matcher
    baselines: Mapping[str, ReadOut] = field(default_factory=dict)
    words: Words = field(default_factory=Words)


@record
class Offered:
    """What a read-out can take: outputs of the network and columns of the loader that have one row for each hit.

    Types are None where nothing tells them; `truth`: the columns that are truth; `whole`: nothing is wrong with the
    graph, so that what it has no output for has been forgotten; `called`: what the data say that a cluster is.
    """

    outputs: Mapping[str, TensorType | None]
    loaded: Mapping[str, TensorType | None]
    truth: Collection[str]
    whole: bool = True
    called: str = ""

    @classmethod
    def by(cls, checked: CheckedGraph, whole: bool = True) -> Offered:
        """Return what a checked graph offers."""
        loaders = [node for node in checked.nodes.values() if node.block.kind == "loader"]
        loader = loaders[0] if len(loaders) == 1 else None
        hits = loader.types[ROW_SPLITS].points_to if loader else None
        types = {name: checked.type_of(ref) for name, ref in checked.outputs.items() if ref.node in checked.nodes}
        outputs = {name: type_ for name, type_ in types.items() if _of_hits(type_, hits)}
        loaded = {name: type_ for name, type_ in loader.types.items() if name != ROW_SPLITS} if loader else {}
        truth = declared_truth(loader.block) if loader else ()
        return cls(outputs, loaded, truth, whole, getattr(loader.block, "called", "") if loader else "")

    def measured(self, name: str) -> bool:
        """Say whether something is known of hits without a network: what the data have, or what their features hold.

        A graph may have an output `energy` where no energy is measured: each hit counts 1.
        """
        features = self.loaded.get("features")
        held = name != "energy" or not features or is_energy(features.columns)
        return name in self.loaded or (name in self.outputs and held)


def _of_hits(type_: TensorType, hits: Axis | None) -> bool:
    """Say whether a tensor has one row for each hit of the events."""
    return bool(type_.axes) and isinstance(type_.axes[0], Axis) and hits in (None, type_.axes[0])


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
    right = {}
    for key, item in section.mapping.items():
        if validate(EvaluationOptions, Value({key: item}, section.origin, section.keys), SECTION, Problems()):
            right[key] = item.plain()
    return EvaluationOptions.model_validate(right)


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
        self.outputs, self.loaded, self.truth = offered.outputs, offered.loaded, offered.truth
        self.whole = offered.whole

    def run(self) -> Evaluation | None:
        """Return the evaluation, if all of it is right."""
        before = len(self.problems.errors)
        columns = self._columns()
        read_out = self._read_out(["clusterer"], self.options.clusterer, columns, learned=True)
        matcher = self._block(["matcher"], self.options.matcher, Matcher)
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
                self.problems.error(message, place, hint=_listing(written, offered))
        return found

    def _read_out(
        self, path: Sequence[str], use: BlockUse, columns: Mapping[str, str], learned: bool
    ) -> ReadOut | None:
        block = self._block(path, use, Clusterer)
        if block is None:
            return None
        inputs = self._inputs(path, use, block, learned)
        # What the network says of hits is no part of a baseline.
        known = {name: column for name, column in columns.items() if learned or name not in PREDICTED}
        return None if inputs is None else ReadOut(cast("Clusterer", block), inputs, known)

    def _block(self, path: Sequence[str], use: BlockUse, kind: type[Kind]) -> Block | None:
        """Return a block with its parameters, or report what is wrong with it."""
        registry, where = self.registry, ".".join([SECTION, *path])
        found = registry.find(use.use)
        place, word = self.section.nearest([*path, "use"]).origin, kind.kind
        if found is None or not issubclass(found, kind):
            names = [name for name, other in registry.blocks.items() if other.kind == word]
            wrong = f"there is no {word} {use.use!r}" if found is None else f"{use.use!r} is a {found.kind}, no {word}"
            self.problems.error(f"{where}: {wrong}", place, hint=_listing(use.use, names))
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
            found_fault = fault.problem
            origin = found_fault.origin.used_at(place) if found_fault.origin else place
            self.problems.error(found_fault.message, origin, where, found_fault.hint)
            return None
        return asked.block

    def _inputs(self, path: Sequence[str], use: BlockUse, block: Block, learned: bool) -> dict[str, str] | None:
        """Return the name of the column that each port takes; None if one is missing or does not fit."""
        where, right = ".".join([SECTION, *path]), True
        ports = {port.name: port for port in block.inputs if port.name != ROW_SPLITS}
        for name in use.inputs:
            if name not in ports:
                message = f"{where}: the clusterer {block.name!r} has no input {name!r}"
                self.problems.error(message, self.section.key_origin([*path, "in", name]), hint=_listing(name, ports))
                right = False
        found = {}
        for port in ports.values():
            name = use.inputs.get(port.name) or self._offered(port, learned)
            if name and self.whole:
                fault = self._fault(port, name)
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

    def _offered(self, port: Port, learned: bool) -> str:
        """Return the column that a port takes which is not named: of a network its outputs, else what is measured."""
        measured = {name for name in self.loaded if name not in self.truth}
        if not learned:
            return port.name if port.name in measured | self.outputs.keys() else ""
        names = (CLUSTER_SPACE.get(port.name, port.name), port.name)
        return next((name for name in names if name in self.outputs), "")

    def _fault(self, port: Port, name: str) -> tuple[str, str] | None:
        """Return what is wrong with a column for a port, and a hint."""
        if name not in self.outputs and name not in self.loaded:
            known = [*self.outputs, *(column for column in self.loaded if column not in self.truth)]
            return f"there is no output {name!r} with one row for each hit, nor such a column", _listing(name, known)
        if name not in self.outputs and name in self.truth:
            return f"{name!r} is truth, which a read-out cannot know", _listing(name, self.outputs)
        type_ = self.outputs.get(name) or self.loaded.get(name)
        if type_ and port.pattern.split()[1:] == ["1"] and type_.axes[1:] not in ((), (1,)):
            return f"expected one column, received {name!r}, {type_}", ""
        return None


def _listing(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """Return the name that was probably meant, or those there are."""
    return did_you_mean(name, list(known)) or f"known: {', '.join(known) or 'none'}"
