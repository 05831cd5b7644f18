"""Says what a run consists of, from the checked graph: what is logged is what will run."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import yaml

from registry.configuration.options import Options
from registry.contract.secrets import (
    shown_command,
    without_passwords_in_yaml,
    without_secrets,
)
from registry.contract.tracker import DRAWING, Naming, RunInfo
from registry.drawing.geometry import lay_out
from registry.drawing.mermaid import mermaid
from registry.drawing.scene import build_scene
from registry.drawing.svg import svg
from registry.language.files import earlier_folder
from registry.language.graph import Graph
from registry.loading.kept import keep, written
from registry.loading.sources import Code, plugins_of
from registry.tracking.artifacts import CONFIG, FOLDER, GRAPH_TAG, PLUGINS, SOURCE
from registry.tracking.block_versions import BLOCKS, block_versions
from registry.tracking.names import NAMELESS, experiment_of, run_name, study_of
from registry.tracking.parameters import EXPANDED_PARAMETERS, expanded_parameters, parameters
from registry.tracking.provenance import Revision, environment, revision
from registry.tracking.runs import STUDY
from registry.wiring.checked_graph import CheckedGraph, PortSource, Ref
from registry.wiring.fingerprints import fingerprints


def run_info(checked: CheckedGraph, options: Options, command: Sequence[str], naming: Naming = NAMELESS) -> RunInfo:
    """Return the record of a run: parameters after all defaults and overrides, sources, commit, environment, drawing.

    `command`: what was typed, word by word; `naming`: the names that the tracker's own settings give.
    """
    graph = checked.expanded
    state = revision(Path(graph.file).resolve().parent)
    plugins = plugins_of(checked.registry, checked.block_names)
    files = graph.files or (graph.file,)
    texts = {
        PLUGINS: "[]",
        FOLDER: earlier_folder(_common_folder(files, plugins)),
        **sources(files, plugins),
        "graph/expanded.yaml": expanded(checked),
        CONFIG: _yaml(graph.config.shown()),
        # As text that shows differences, and as a picture that mlflow's pages show.
        "graph/drawing.mmd": mermaid(checked),
        DRAWING: svg(lay_out(build_scene(checked))),
        EXPANDED_PARAMETERS: json.dumps(expanded_parameters(checked), indent=1),
        "environment/packages.txt": environment(),
        BLOCKS: block_versions(checked),
        **_git_texts(state),
    }
    tags = {"graph": graph.name, GRAPH_TAG: Path(graph.file).name, **fingerprints(checked).tags(), **state.tags()}
    if study := study_of(checked, options):
        tags[STUDY] = study
    if graph.dialects:
        tags["config.defaults_of"] = ", ".join(item.dialect.name for item in graph.dialects)
    description = _description(graph) or graph.description
    return RunInfo(
        run_name(checked, naming),
        experiment_of(checked, options, naming),
        shown_command(command),
        parameters(checked),
        tags,
        texts,
        description,
    )


def _description(graph: Graph) -> str:
    """Return the option that describes the run, as it is logged; empty if there is none."""
    written = graph.config.nearest(["General", "description-string"])
    return without_secrets(str(written.shown())) if isinstance(written.data, str) else ""


def expanded(checked: CheckedGraph) -> str:
    """Return the graph that runs, as YAML: repeats unrolled, all parameters, the source of every port."""
    nodes: dict[str, dict[str, object]] = {}
    for path, node in checked.nodes.items():
        nodes[path] = {"use": node.block.name}
        if node.inputs:
            nodes[path]["in"] = {port: _source(source) for port, source in node.inputs.items()}
        if values := node.shown_parameters():
            nodes[path]["with"] = values
        if not node.written.trainable:
            nodes[path]["trainable"] = False
    outputs = {name: str(ref) for name, ref in checked.outputs.items()}
    head = {"name": checked.expanded.name, "description": checked.expanded.description}
    return _yaml({**head, "blocks": nodes, "outputs": outputs})


def _source(source: PortSource) -> str | list[str] | dict[str, str]:
    if isinstance(source, Ref):
        return str(source)
    if isinstance(source, list):
        return [str(ref) for ref in source]
    return {name: str(ref) for name, ref in source.items()}


def sources(files: Sequence[str], plugins: Sequence[Code] = ()) -> dict[str, str]:
    """Return the text of every file the graph was read from, and of its plugins, under "source/".

    They are placed as they lie to each other. PLUGINS lists the plugins.
    """
    paths = _present(files)
    roots = _roots(plugins)
    common = _common_folder(files, plugins)
    kept, texts = keep(plugins, lambda code: roots[code.file].relative_to(common).as_posix() if code.file else "")
    texts |= {
        path.relative_to(common).as_posix(): without_passwords_in_yaml(path.read_text(encoding="utf-8"))
        for path in paths
    }
    found = {f"{SOURCE}/{name}": text for name, text in texts.items()}
    return {**found, PLUGINS: json.dumps(written(kept), indent=1)} if kept else found


def _present(files: Sequence[str]) -> list[Path]:
    paths = [Path(file).resolve() for file in files]
    return [path for path in dict.fromkeys(paths) if path.is_file()]


def _roots(plugins: Sequence[Code]) -> dict[Path, Path]:
    """Return the folder of every plugin file."""
    return {code.file: code.files[code.file] for code in plugins if code.file}


def _common_folder(files: Sequence[str], plugins: Sequence[Code]) -> Path:
    """Return the folder that the files of a graph and those of its plugins have in common."""
    folders = [path.parent for path in _present(files)] + [_outer(root) for root in _roots(plugins).values()]
    return Path(os.path.commonpath(folders)) if folders else Path()


def _outer(root: Path) -> Path:
    """Return the folder under which a folder of plugin files keeps its name, if its files name it."""
    return root.parent if (root / "__init__.py").is_file() else root


def _git_texts(state: Revision) -> dict[str, str]:
    texts = {}
    if state.diff:
        texts["environment/uncommitted.diff"] = without_secrets(state.diff)
    if state.untracked:
        texts["environment/untracked.txt"] = "\n".join(state.untracked) + "\n"
    return texts


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
