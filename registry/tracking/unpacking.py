"""Unpacks a graph with all its files from a revision in git, or from a recorded run."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from registry.contract.errors import InputError, Problem, RunError
from registry.contract.records import record
from registry.language.files import lay_before
from registry.loading.blocks import load_registry
from registry.loading.kept import KeptPlugin, read
from registry.loading.session import SESSION_PLUGIN, missing_of
from registry.tracking.artifacts import CONFIG, FOLDER, GIT, GRAPH_TAG, PLUGINS, SOURCE
from registry.tracking.block_versions import BLOCKS, other_versions
from registry.tracking.runs import RecordedRun, Runs


@record
class Unpacked:
    """The files of an address: the graph, options laid over it, and its plugins instead of those that it names."""

    graph: str
    configs: Sequence[str] = ()
    plugins: Sequence[str] | None = None
    warnings: Sequence[Problem] = ()


def from_git(source: str, folder: Path) -> Unpacked:
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
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(_git(source, top, "archive", revision))) as archive:
        archive.extractall(folder, filter="data")
    return Unpacked(str(folder / inside))


def _git(source: str, folder: Path, *arguments: str) -> bytes:
    import subprocess

    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)
    except FileNotFoundError as error:
        raise InputError([Problem(f"{source}: git is not installed")]) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise InputError([Problem(f"{source}: git {arguments[0]} failed", hint=said)]) from error
    return done.stdout


def from_run(source: str, folder: Path, plugins: Sequence[str]) -> Unpacked:
    """Fetch the graph's sources, and the configuration that ran, which is laid over them."""
    registry = load_registry((name, None) for name in plugins)
    try:
        run = Runs(registry.trackings.values()).find(source)
        run.download(SOURCE, folder)
        kept = _kept_plugins(run, folder)
        before = run.download(FOLDER, folder).read_text(encoding="utf-8")
        config = run.download(CONFIG, folder)
        name = run.tags().get(GRAPH_TAG, "")
        blocks = (
            run.download(BLOCKS, folder).read_text(encoding="utf-8")
            if BLOCKS in run.store.files(run.summary.id)
            else ""
        )
    except RunError as error:
        reason, _, more = str(error).partition("\n")
        raise InputError([Problem(f"{source}: {reason}", hint=more)]) from error
    files = sorted((folder / SOURCE).rglob("*.y*ml"))
    # Options may have the graph's file name, as configs/gravnet.yaml has that of graphs/gravnet.yaml.
    graphs = [file for file in files if file.name == name and _says(file, "blocks")]
    if not graphs:
        raise InputError([Problem(f"{source}: the run holds no graph file")])
    own, laid_over = _beside_its_sources(config, graphs[0], files)

    def lay(inner: Path) -> str:
        return os.path.normpath(os.path.join(before, inner.relative_to(folder / SOURCE)))

    for inner in {file.parent for file in files}:
        lay_before(inner, lay(inner), *(lay(other) for other in laid_over if inner == own.parent))
    given = {Path(name).name for name in plugins}
    loaded = [plugin for plugin in kept if plugin.file and Path(plugin.name).name not in given]
    names = [str(folder / SOURCE / plugin.kept / plugin.file) for plugin in loaded]
    session = folder / SOURCE / SESSION_PLUGIN
    names += [str(session)] if session.is_file() and SESSION_PLUGIN not in given else []
    warnings = [
        *_missing(source, session if str(session) in names else None),
        *_changed(loaded),
        *_other_versions(kept),
        *other_versions(blocks, registry),
    ]
    return Unpacked(str(graphs[0]), [str(own)], names, warnings)


def _kept_plugins(run: RecordedRun, folder: Path) -> list[KeptPlugin]:
    """Return the plugins that a run was made with."""
    return read(json.loads(run.download(PLUGINS, folder).read_text(encoding="utf-8")))


def _missing(source: str, session: Path | None) -> Iterator[Problem]:
    """Say what the text of functions that were defined in a session does without."""
    if session and (missing := missing_of(session.read_text(encoding="utf-8"))):
        hint = f"add it to {SOURCE}/{SESSION_PLUGIN} of the run, and give that: --plugin {SESSION_PLUGIN}"
        message = f"{source}: its functions were defined in a session, and use what was not kept: {missing}"
        yield Problem(message, hint=hint, severity="warning")


def _changed(plugins: Iterable[KeptPlugin]) -> Iterator[Problem]:
    """Say of which plugins there is something else in the author's folder now."""
    for plugin in plugins:
        if plugin.place.is_file() and (changed := plugin.changed()):
            message = f"plugin {plugin.name!r}: {plugin.place} is not what the run was made with; the run's own is used"
            yield Problem(message, hint=f"changed since: {', '.join(changed)}", severity="warning")


def _other_versions(plugins: Iterable[KeptPlugin]) -> Iterator[Problem]:
    """Say of which installed plugins there is another version now, or none."""
    from importlib.metadata import PackageNotFoundError, version

    for plugin in plugins:
        if not plugin.distribution:
            continue
        try:
            now = version(plugin.distribution)
        except PackageNotFoundError:
            now = "not installed"
        if now != plugin.version:
            message = f"plugin {plugin.name!r}: the run was made with {plugin.distribution} {plugin.version}"
            yield Problem(f"{message}; here it is {now}", severity="warning")


def _beside_its_sources(config: Path, graph: Path, files: Sequence[Path]) -> tuple[Path, list[Path]]:
    """Lay the configuration that ran where the options it was merged from lie: files it names are relative to them.

    Return it, and the other folders of such options.
    """
    options = [file for file in files if not _says(file, "blocks")]
    named = re.search(r"^config\s*:(.*(?:\n[ \t-].*)*)", graph.read_text(encoding="utf-8"), re.MULTILINE)
    own = [file for file in options if named and file.name in named[1]]
    folder = (own or options or [graph])[0].parent
    others = [file.parent for file in options if file.parent != folder]
    return config.rename(folder / "configuration-of-the-run.yaml"), list(dict.fromkeys(others))


def _says(file: Path, key: str) -> bool:
    """Say whether a file has a key at its top level."""
    return re.search(rf"^{key}\s*:", file.read_text(encoding="utf-8"), re.MULTILINE) is not None
