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
    from registry.converting.tasks import FileFarm


def convert(
    data: Graph | Paths,
    out: str | Path,
    through: Run | str | Path = "",
    columns: Sequence[str] = (),
    set: Settings = (),
    config: Paths = (),
    plugins: Paths = (),
    jobs: int | None = None,
    restart: bool = False,
    on: str | None = None,
    retries: int = 1,
) -> Made:
    """Write events into `out`, with a description beside it; return what was written: `files`, `description`, `notes`.

    `data`: a graph, options with a section `Data`, or files of events; `out`: a file, or "FOLDER/*.parquet", a file for
    each; `through`: a trained network, what it says of the hits that it keeps becomes columns; `columns`: those to
    write, all by default. `set`, `config`, `plugins`: as `load` takes them. `on`: where it is done, "local",
    "tcp://HOST:PORT" or a file that describes jobs, each file a task; without it here, 2 files at once; `jobs`: how
    many at once; `retries`: further attempts at a task that fails. What was interrupted goes on, unless `restart`.
    Raises InputError for data that cannot be used, OSError for a file that cannot be written, RunError for tasks that
    have failed.
    """
    from registry.converting.converting import convert as write

    configs, sets, modules = [], [], []
    if not isinstance(data, Graph):
        named = listed(data)
    else:
        given = graph_parser("registry.convert", "").parse_args(data.arguments)
        named, configs, sets, modules = [given.graph], given.config, given.set, given.plugin
    network = f"{RUN}{through.id}" if isinstance(through, Run) else str(through)
    configs, sets = [*configs, *listed(config)], [*sets, *settings(set)]
    modules = [*modules, *listed(plugins)]
    options = {"--config": configs, "--set": sets, "--plugin": modules, "--through": [network] if network else []}
    options |= {"--columns": [",".join(columns)] if columns else []}
    return write(
        named,
        str(out),
        through=network,
        columns=list(columns),
        configs=configs,
        sets=sets,
        plugins=modules,
        jobs=jobs or HERE,
        restart=restart,
        farm=None if on is None else _farm([*named, str(out)], options, restart, on, jobs, retries),
    )


HERE = 2
"""Files at once where no farm is asked for."""


def _farm(
    files: Sequence[str], options: dict[str, list[str]], restart: bool, on: str, jobs: int | None, retries: int
) -> FileFarm:
    """Return the farm that is asked for, with the arguments of a command that converts the same."""
    from registry.converting.tasks import FileFarm
    from registry.farm.arguments import FarmArguments

    words = [word for key, items in options.items() for item in items for word in (key, item)]
    return FileFarm(FarmArguments(on, jobs, retries, False), [*files, *words, *(["--restart"] if restart else [])])
