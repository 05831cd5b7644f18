"""Writes events in another format, or as a trained network hands them on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from registry.interface.arguments import Paths, Settings, listed, settings
from registry.interface.graph import Graph
from registry.interface.run import Run
from registry.tracking.runs import RUN
from registry.wiring.arguments import graph_parser

if TYPE_CHECKING:
    from registry.converting.converting import Made


def convert(
    data: Graph | Paths,
    out: str | Path,
    through: Run | str | Path = "",
    columns: Sequence[str] = (),
    set: Settings = (),
    config: Paths = (),
    plugins: Paths = (),
    jobs: int = 2,
    restart: bool = False,
) -> Made:
    """Write events into `out`, with a description beside it; return what was written: `files`, `description`, `notes`.

    `data`: a graph, options with a section `Data`, or files of events; `out`: a file, or "FOLDER/*.parquet", a file for
    each; `through`: a trained network, what it says of the hits that it keeps becomes columns; `columns`: those to
    write, all by default. `set`, `config`, `plugins`: as `load` takes them. What was interrupted goes on, unless
    `restart`. Raises InputError for data that cannot be used, OSError for a file that cannot be written.
    """
    from registry.converting.converting import convert as write

    configs, sets, modules = [], [], []
    if not isinstance(data, Graph):
        named = listed(data)
    else:
        given = graph_parser("registry.convert", "").parse_args(data.arguments)
        named, configs, sets, modules = [given.graph], given.config, given.set, given.plugin
    return write(
        named,
        str(out),
        through=f"{RUN}{through.id}" if isinstance(through, Run) else str(through),
        columns=list(columns),
        configs=[*configs, *listed(config)],
        sets=[*sets, *settings(set)],
        plugins=[*modules, *listed(plugins)],
        jobs=jobs,
        restart=restart,
    )
