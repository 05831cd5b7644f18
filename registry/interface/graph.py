"""A graph as an object: loaded and checked, shown as a drawing, costed, compiled, its events opened."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.contract.errors import InputError, Problem, Problems
from registry.drawing.files import draw
from registry.drawing.scene import build_scene
from registry.drawing.styles import Theme, check_theme
from registry.interface.arguments import Paths, Settings, listed, settings
from registry.interface.plan import Plan
from registry.tracking.addresses import check_address
from registry.training.events import open_data
from registry.training.starting import prepare_tensorflow
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, Ref
from registry.wiring.costs import Load, costs
from registry.wiring.fingerprints import Fingerprints, fingerprints
from registry.wiring.learning import check_training
from registry.wiring.opening import require_trainable
from registry.wiring.stage_memory import stage_memory
from registry.wiring.stage_plan import planned_stages

if TYPE_CHECKING:
    from registry.compiling.model import Compiled
    from registry.configuration.options import Options
    from registry.contract.data import Source


class Graph:
    """A checked graph; `load` makes it. In a notebook it shows its drawing.

    `checked` is what the engine works on, `options` what it reads itself (stages, optimiser, seed), `arguments` the
    arguments with which commands name the same graph, `plugins` those that were loaded for it.
    """

    def __init__(
        self, checked: CheckedGraph, options: Options, arguments: Sequence[str], plugins: Sequence[str]
    ) -> None:
        self.checked, self.options = checked, options
        self.arguments, self.plugins = tuple(arguments), tuple(plugins)

    @property
    def name(self) -> str:
        """The name that the graph file states."""
        return self.checked.expanded.name

    @property
    def nodes(self) -> Mapping[str, CheckedNode]:
        """Every node by its full path ("iterations.0.gravnet"), each after those that it takes something from."""
        return self.checked.nodes

    @property
    def outputs(self) -> Mapping[str, Ref]:
        """What the inference model predicts: the tensor behind each name."""
        return self.checked.outputs

    @property
    def config(self) -> dict[str, Any]:
        """All options after every file and setting, as plain values."""
        return self.checked.expanded.config.plain() or {}

    @property
    def warnings(self) -> list[Problem]:
        """What was doubtful while the graph was checked, and stops nothing."""
        return list(self.checked.warnings)

    @property
    def problems(self) -> list[Problem]:
        """The warnings, and what the graph lacks to be trained: a loader, a loss, stages."""
        problems = Problems(self.warnings)
        require_trainable(self.checked, problems)
        return list(problems)

    @property
    def fingerprints(self) -> Fingerprints:
        """Hashes of architecture, training, data and code; equal ones make two runs comparable."""
        return fingerprints(self.checked)

    def plan(self, hits: int = 10_000, events: int = 1) -> Plan:
        """Return what a batch of `hits` hits in `events` events costs: weights, multiply-adds, memory in bytes.

        Raises InputError for a number below 1.
        """
        for name, number in (("hits", hits), ("events", events)):
            if number < 1:
                raise InputError([Problem(f"plan: expected {name} >= 1, received {number!r}")])
        found = costs(self.checked, Load(hits, events))
        return Plan(found, planned_stages(self.checked), stage_memory(self.checked, found))

    def draw(self, file: str | Path, theme: Theme = "auto", all_passes: bool = False) -> None:
        """Draw the graph into a file; its ending chooses the form: .html, .svg, .png, .mmd or .dot.

        `all_passes`: draw every pass of every repeat. Raises InputError for another ending, a theme other
        than "auto", "light" and "dark", or a file that cannot be written.
        """
        draw(build_scene(self.checked, all_passes), str(file), theme)

    def eject(self, file: str | Path) -> Path:
        """Write the network as one Keras script that needs nothing of this package, as `python -m registry.eject` does.

        It is run in a process of its own, and its outputs are compared, first. Raises InputError for a graph without
        outputs, a layer whose code cannot be written out, or another ending than .py.
        """
        from registry.ejecting.ejecting import check_out, eject

        return eject(self.checked, self.arguments[0], check_out(str(file))).file

    def compile(self) -> Compiled:
        """Return the Keras models of the graph: `.training` and `.inference`, which share their weights.

        Random generators are seeded with `General.seed`: the models start from the weights that a training starts from.
        Raises InputError for a layer that cannot be built, and for pre-trained weights that do not fit.
        """
        prepare_tensorflow(self.options)
        from registry.compiling.model import compile_graph
        from registry.training.seeds import seed_everything
        from registry.training.weights import load_subgraph_weights

        seed_everything(self.options.general.seed)
        compiled = compile_graph(self.checked)
        load_subgraph_weights(compiled)
        return compiled

    def source(self, seed: int | None = None) -> Source:
        """Return the events of the graph's loader; without a seed those of a training, by `General.seed`.

        `source.read("train", np.arange(2), None)` returns the columns of two events by port name, each [hits, width],
        and "row_splits", int32 [events+1]. Raises InputError for data that cannot be used, and for a graph that has
        not exactly one loader.
        """
        try:
            loader = self.checked.loader
        except ValueError as error:
            raise InputError(
                [Problem("the graph has no events: exactly one loader is needed", self.checked.expanded.origin)]
            ) from error
        return open_data(loader, self.options.general.seed if seed is None else seed)

    def __repr__(self) -> str:
        doubts = f", {len(self.warnings)} warnings" if self.warnings else ""
        return f"<Graph {self.name!r}: {len(self.nodes)} nodes, {self.checked.trainable:,} trainable weights{doubts}>"

    def _repr_html_(self) -> str:
        """Return the drawing as an image: its styles, inline, would apply to the whole notebook."""
        data = base64.b64encode(self.svg("light").encode()).decode()
        return f'<img alt="{self.name}" style="max-width: 100%" src="data:image/svg+xml;base64,{data}">'

    def svg(self, theme: Theme = "auto") -> str:
        """Return the drawing as an SVG document; raises InputError for an unknown theme."""
        from registry.drawing.geometry import lay_out
        from registry.drawing.svg import svg

        check_theme(theme)
        return svg(lay_out(build_scene(self.checked)), theme)


def load(
    graph: str | Path,
    set: Settings = (),
    config: Paths = (),
    plugins: Paths = (),
) -> Graph:
    """Return the checked graph in a file, as `python -m registry.check` opens it; no TensorFlow is imported.

    `config`: files of options, laid over those of the graph; `set`: single options over all files, by path;
    `plugins`: files or modules to load beside the installed plugins. Of each, a single one needs no list. Raises
    InputError, whose text shows everything that is wrong, as the commands show it.
    """
    sets = settings(set)
    files, modules = listed(config), listed(plugins)
    problems = Problems()
    checked = check_address(str(graph), files, sets, modules, problems)
    options = check_training(checked, problems)
    problems.raise_if_any()
    if options is None:
        raise InputError(problems)
    checked.warnings = problems.warnings
    laid_over = [("--config", files), ("--set", sets), ("--plugin", modules)]
    arguments = [str(graph), *(word for key, items in laid_over for item in items for word in (key, item))]
    return Graph(checked, options, arguments, modules)
