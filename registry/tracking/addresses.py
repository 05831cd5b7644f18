"""Opens a graph from a file, from a revision in git, or from a recorded run."""

from __future__ import annotations

import io
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.contract.errors import InputError, Origin, Problem, RunError
from registry.loading.blocks import load_registry
from registry.tracking.runs import RUN, Runs
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph

GIT = "git:"

CONFIG = "graph/config.yaml"
"""Artifact of a run: the configuration that ran, after all files and settings."""

GRAPH_TAG = "graph.file"


@contextmanager
def opened(source: str, configs: Sequence[str], sets: Sequence[str], plugins: Sequence[str]) -> Iterator[CheckedGraph]:
    """Open "FILE", "git:REV:PATH" or "run:ID"; what was unpacked for it stays until the context ends.

    Raises InputError if it cannot be found or is wrong; places in it are named as `source` names it.
    """
    if not source.startswith((GIT, RUN)):
        yield open_graph(source, configs, sets, plugins)
        return
    with TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        graph, own_configs = _from_git(source, place) if source.startswith(GIT) else _from_run(source, place, plugins)
        try:
            yield open_graph(graph, [*own_configs, *configs], sets, plugins)
        except InputError as error:
            raise InputError([_renamed(problem, folder, source) for problem in error.problems]) from error


def _from_git(source: str, folder: Path) -> tuple[str, list[str]]:
    """Unpack the revision's files beside each other, so that the graph finds its configuration as it did then."""
    revision, _, path = source.removeprefix(GIT).partition(":")
    if not path or not revision or revision.startswith("-"):
        raise InputError([Problem(f"{source}: expected git:REV:PATH, such as git:HEAD~1:graphs/gravnet.yaml")])
    start = Path(path).parent if Path(path).parent.is_dir() else Path.cwd()
    top = Path(_git(source, start, "rev-parse", "--show-toplevel").decode().strip())
    inside = os.path.relpath(Path(path).resolve(), top)
    present = _git(source, top, "ls-tree", "-r", "-z", "--name-only", revision).decode().split("\0")
    if inside not in present:
        # From the top of the repository, as git itself counts paths in a revision.
        inside = os.path.normpath(path)
    if inside not in present:
        close = get_close_matches(inside, present, 1)
        hint = f"did you mean git:{revision}:{close[0]}?" if close else ""
        raise InputError([Problem(f"{source}: the revision has no such file", hint=hint)])
    with tarfile.open(fileobj=io.BytesIO(_git(source, top, "archive", revision))) as archive:
        archive.extractall(folder, filter="data")
    return str(folder / inside), []


def _git(source: str, folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)
    except FileNotFoundError as error:
        raise InputError([Problem(f"{source}: git is not installed")]) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise InputError([Problem(f"{source}: git {arguments[0]} failed", hint=said)]) from error
    return done.stdout


def _from_run(source: str, folder: Path, plugins: Sequence[str]) -> tuple[str, list[str]]:
    """Fetch the graph's sources, and the configuration that ran, which is laid over them."""
    registry = load_registry((name, None) for name in plugins)
    try:
        run = Runs(registry.trackings.values()).find(source)
        run.download("source", folder)
        config = run.download(CONFIG, folder)
        name = run.tags().get(GRAPH_TAG, "")
    except RunError as error:
        reason, _, more = str(error).partition("\n")
        raise InputError([Problem(f"{source}: {reason}", hint=more)]) from error
    files = sorted((folder / "source").rglob("*.y*ml"))
    # Options may have the graph's file name, as configs/gravnet.yaml has that of graphs/gravnet.yaml.
    graphs = [file for file in files if file.name == name and _says(file, "blocks")]
    if not graphs:
        raise InputError([Problem(f"{source}: the run holds no graph file")])
    return str(graphs[0]), [str(_beside_its_sources(config, graphs[0], files))]


def _beside_its_sources(config: Path, graph: Path, files: Sequence[Path]) -> Path:
    """Lay the configuration that ran where the options it was merged from lie: files it names are relative to them."""
    options = [file for file in files if not _says(file, "blocks")]
    named = re.search(r"^config\s*:(.*(?:\n[ \t-].*)*)", graph.read_text(encoding="utf-8"), re.MULTILINE)
    own = [file for file in options if named and file.name in named[1]]
    folder = (own or options or [graph])[0].parent
    return config.rename(folder / "configuration-of-the-run.yaml")


def _says(file: Path, key: str) -> bool:
    """Say whether a file has a key at its top level."""
    return re.search(rf"^{key}\s*:", file.read_text(encoding="utf-8"), re.MULTILINE) is not None


def _renamed(problem: Problem, folder: str, source: str) -> Problem:
    """Name the place of a problem as the user named the graph, not by the folder it was unpacked to."""
    origin = problem.origin
    if not origin or not origin.file.startswith(folder):
        return problem
    name = os.path.relpath(os.path.normpath(origin.file), folder)
    return replace(problem, origin=Origin(f"{source} ({name})", origin.line, origin.column, origin.length))
