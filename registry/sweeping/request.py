"""What a sweep is asked for: on the command line, in a file, or from Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from pathlib import Path
from typing import Any, Literal, get_args

from registry.configuration.parameters import validate
from registry.contract.block import BlockParams, param
from registry.contract.errors import Origin, Problems
from registry.contract.spelling import did_you_mean
from registry.language.files import read_text, resolve_path
from registry.language.one_line import one_line
from registry.language.value import Value
from registry.language.yaml_reader import read_yaml
from registry.sweeping.axes import Axis, Choices
from registry.sweeping.axis_texts import written_axes
from registry.wiring.arguments import graph_parser

Sampler = Literal["grid", "random", "tpe", "cmaes"]
Pruner = Literal["median", "hyperband"]

METRIC = "validation/loss"
"""The metric that decides where none is named."""

RETRIES = 1
"""Further attempts where nothing else is said."""

ABLATED = "General.without"
"""The option that leaves nodes out."""


class SweepOptions(BlockParams):
    """What a file that describes a sweep may say."""

    graph: str = param(..., "graph file, or run:ID")
    config: list[str] = param([], "files of options laid over those of the graph")
    set: dict[str, Any] = param({}, "options over all files, by path")
    plugins: list[str] = param([], "plugins to load")
    over: dict[str, Any] = param({}, "what is varied: values by path; a list, or a range LOW..HIGH[:log][:int][:STEP]")
    ablate: list[str] = param([], "nodes or groups, each of which is left out in some of the variants")
    seeds: int | None = param(None, "trainings of every variant, with the seeds from General.seed on", ge=1)
    trials: int | None = param(None, "how many variants are trained", ge=1)
    sampler: Sampler | None = param(None, "what chooses the variants")
    metric: str = param(METRIC, "the metric that decides")
    direction: Literal["min", "max"] | None = param(None, "whether less or more of it is better")
    prune: Pruner | None = param(None, "what ends variants early that look bad")
    study: str = param("", "name of the study")
    storage: str = param("", "where the study is kept: a file, or the URL of a database")
    jobs: int | None = param(None, "trainings at once", ge=1)
    retries: int | None = param(None, "further attempts at a training that fails or loses its machine", ge=0)
    on: str | None = param(None, "where it is done")


@dataclass(frozen=True)
class Request:
    """A sweep that is asked for.

    `graph`, `configs`, `sets`, `plugins` name what is varied, as for `registry.train`; `axes` what it is varied in;
    `ablations` the selectors of what is left out, one after the other. `seeds`: None for the graph's own. `trials`,
    `sampler`, `direction`: None where nothing was said. `places`: where each of these was written, by name.
    """

    graph: str
    configs: Sequence[str] = ()
    sets: Sequence[str] = ()
    plugins: Sequence[str] = ()
    axes: Sequence[Axis] = ()
    ablations: Sequence[str] = ()
    seeds: int | None = None
    trials: int | None = None
    sampler: Sampler | None = None
    metric: str = METRIC
    direction: str = ""
    prune: Pruner | None = None
    study: str = ""
    storage: str = ""
    jobs: int | None = None
    retries: int = RETRIES
    on: str | None = None
    command: Sequence[str] = ()
    places: dict[str, Origin] = field(default_factory=dict)

    @property
    def all_axes(self) -> list[Axis]:
        """What is varied, the ablations as an axis of their own: nothing, and each of them, is left out."""
        place = self.places.get("ablate", Origin("--ablate"))
        left_out = [Choices(ABLATED, place, ((), *map(names_in, self.ablations)))] if self.ablations else []
        return [*self.axes, *left_out]

    def place(self, name: str) -> Origin:
        """Return where something was asked for."""
        return self.places.get(name, Origin(f"--{name}"))


def names_in(ablation: str) -> tuple[str, ...]:
    """Return the selectors in `A,B`, which are left out together."""
    return tuple(name.strip() for name in ablation.split(","))


def check_request(request: Request, problems: Problems) -> None:
    """Report numbers that count nothing, words that are none of those there are, and nodes that are left out twice."""
    for name, least in (("seeds", 1), ("trials", 1), ("jobs", 1), ("retries", 0)):
        number = getattr(request, name)
        if number is not None and (not isinstance(number, Integral) or number < least):
            problems.error(f"expected a whole number, {least} or more, received {number!r}", request.place(name))
    for name, words in (("sampler", get_args(Sampler)), ("prune", get_args(Pruner)), ("direction", ("min", "max"))):
        word = getattr(request, name)
        if word and word not in words:
            message = f"expected {' or '.join(words)}, received {word!r}"
            problems.error(message, request.place(name), hint=did_you_mean(str(word), words))
    left_out = [names_in(names) for names in request.ablations]
    for number, names in enumerate(left_out):
        place = Origin(f"--ablate {request.ablations[number]}")
        if not all(names):
            problems.error("expected the name of a node, received none", place)
        elif set(names) in map(set, left_out[:number]):
            problems.error("this is left out twice", place)


def read_sweep_file(path: str, problems: Problems) -> tuple[SweepOptions, Value, list[Axis]] | None:
    """Return what a file says of a sweep, as read and with places, and its axes; None if it cannot be (reported)."""
    text = read_text(_path(path), None, problems)
    value = read_yaml(text, path, problems) if text is not None else None
    if value is None:
        return None
    before = len(problems.errors)
    options = validate(SweepOptions, value, "", problems)
    over = value.data.get("over") if isinstance(value.data, dict) else None
    axes = written_axes(over.mapping, problems) if over is not None and isinstance(over.data, dict) else []
    if options is not None and ":" not in options.graph:
        place = value.nearest(["graph"]).origin
        read_text(Path(resolve_path(options.graph, place)), place, problems)
    if options is None or len(problems.errors) > before:
        return None
    return options, value, axes


def _path(path: str) -> Path:
    return Path(resolve_path(path, Origin("")))


def request_in(given: Sequence[str], problems: Problems) -> Request:
    """Return what the arguments that name a graph ask for: a sweep that its file describes, or none yet."""
    named = graph_parser("registry.sweep", "").parse_args(list(given))
    request = Request(named.graph)
    if is_sweep_file(named.graph):
        read = read_sweep_file(named.graph, problems)
        request = of_file(*read) if read is not None else request
    return replace(
        request,
        configs=[*request.configs, *named.config],
        sets=[*request.sets, *named.set],
        plugins=[*request.plugins, *named.plugin],
    )


def is_sweep_file(path: str) -> bool:
    """Say whether a file describes a sweep: it names a graph, and has no blocks of its own."""
    problems = Problems()
    text = read_text(_path(path), None, problems) if path.endswith((".yaml", ".yml")) else None
    value = read_yaml(text, path, problems) if text else None
    return value is not None and isinstance(value.data, dict) and "graph" in value.data and "blocks" not in value.data


def of_file(options: SweepOptions, value: Value, axes: Sequence[Axis]) -> Request:
    """Return the sweep that a file describes; files that it names lie beside it."""
    origin = value.origin
    graph = options.graph if ":" in options.graph else resolve_path(options.graph, value.nearest(["graph"]).origin)
    configs = [resolve_path(name, value.nearest(["config"]).origin, "configs") for name in options.config]
    plugins = [
        resolve_path(name, value.nearest(["plugins"]).origin) if name.endswith(".py") or "/" in name else name
        for name in options.plugins
    ]
    on = options.on
    if on and on.endswith((".yaml", ".yml")):
        on = resolve_path(on, value.nearest(["on"]).origin)
    return Request(
        graph,
        configs,
        [f"{path}={one_line(item)}" for path, item in options.set.items()],
        plugins,
        axes,
        options.ablate,
        options.seeds,
        options.trials,
        options.sampler,
        options.metric,
        options.direction or "",
        options.prune,
        options.study,
        options.storage,
        options.jobs,
        RETRIES if options.retries is None else options.retries,
        on,
        places={name: value.nearest([name]).origin for name in value.mapping} | {"": origin},
    )
