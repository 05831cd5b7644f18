"""Says what makes a training what it is: a run goes on from a checkpoint only if all of it is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any

from registry.configuration.options import SECTIONS, Options
from registry.contract.block import has_mark
from registry.contract.data import Source
from registry.contract.secrets import shown_settings, without_secrets
from registry.loading.imported_block import IMPORT_PREFIX
from registry.loading.imported_code import imported_code
from registry.loading.session import SESSION_PLUGIN, session_text
from registry.loading.sources import plugins_of
from registry.tracking.flatten import as_text, flatten
from registry.wiring.checked_graph import CheckedGraph, CheckedNode, PortSource, Ref
from registry.wiring.digest import LENGTH
from registry.wiring.fingerprints import fingerprints

PACKAGES: Mapping[str, Sequence[str]] = {
    "registry": ("registry",),
    "keras": ("keras",),
    "numba": ("numba",),
    "numpy": ("numpy",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tf-nightly"),
}
"""What the numbers of a training depend on besides its code, with the names it is distributed under."""


@dataclass(frozen=True)
class RunCard:
    """The run that a checkpoint belongs to.

    `id` names it in the store of `tracker`, which is at `place`; `beside`: its identifiers in the trackers that plugins
    add. `start`: the tags that say where its weights came from, if they were another run's.
    """

    id: str = ""
    name: str = ""
    tracker: str = ""
    place: str = ""
    experiment: str = ""
    beside: Sequence[str] = field(default_factory=list)
    start: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Identity:
    """What makes a training what it is.

    `nodes`: of every node by its path the block, its version, its parameters and what it takes, as texts; `monitors`
    the same of those that only look. `stages`: the options of each stage; `options`: all others that the engine reads;
    `data`: the hash of the events; `code`: that of every file of the plugins that have a part in it. `kernels`: which
    were chosen, and on what they run: known once TensorFlow is imported.
    """

    graph: str = ""
    nodes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    monitors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    stages: Sequence[Mapping[str, str]] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    data: str = ""
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    kernels: str = ""


def identify(checked: CheckedGraph, options: Options, source: Source) -> Identity:
    """Return what makes the training of a graph with these options on these events what it is."""
    losses = [Ref(path, "") for path, node in checked.nodes.items() if node.block.kind == "loss"]
    needed = {*checked.ancestors([*checked.outputs.values(), *losses]), checked.loader.written.path}
    nodes = {path: _described(node) for path, node in checked.nodes.items() if path in needed}
    monitors = {path: _described(node) for path, node in checked.nodes.items() if path not in needed}
    return Identity(
        checked.expanded.name,
        nodes,
        monitors,
        {name: str(ref) for name, ref in checked.outputs.items()},
        [_flat(stage.options.model_dump(mode="json")) for stage in options.stages],
        _options(options),
        source.fingerprint(),
        asdict(fingerprints(checked)),
        _code(checked),
        {name: _version(names) for name, names in PACKAGES.items()},
    )


def _described(node: CheckedNode) -> dict[str, str]:
    fields = type(node.block.params).model_fields.items()
    # What a loader reads is known by its content, wherever the file lies.
    marks = ("remark", "path") if node.block.kind == "loader" else ("remark",)
    without = {name for name, item in fields if any(has_mark(item, mark) for mark in marks)}
    values = node.block.plain_parameters(without=without)
    described = {
        "use": f"{node.block.name} (version {node.block.version})",
        "trainable": as_text(node.written.trainable),
    }
    described |= {f"with.{name}": value for name, value in _flat(values).items()}
    return described | {f"in.{port}": _source(source) for port, source in node.inputs.items()}


def _flat(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is given of some options, by dotted name."""
    flat = flatten(shown_settings(values)) if values else {}
    return {name: without_secrets(text) for name, text in flat.items() if text not in ("null", "{}")}


def _source(source: PortSource) -> str:
    if isinstance(source, Ref):
        return str(source)
    if isinstance(source, dict):
        return ", ".join(f"{name}: {ref}" for name, ref in source.items())
    return f"[{', '.join(map(str, source))}]"


def _options(options: Options) -> dict[str, str]:
    """Return the options besides the stages by their path, "General.seed", without those that are remarks."""
    found: dict[str, str] = {}
    for name, values in (
        ("General", options.general),
        ("Optimizer", options.optimizer),
        ("Plotting", options.plotting),
    ):
        remarks = SECTIONS[name].remarks
        plain: dict[str, Any] = values.model_dump(mode="json", by_alias=True)
        found |= flatten({key: value for key, value in plain.items() if key not in remarks}, name)
    return found


def _code(checked: CheckedGraph) -> dict[str, str]:
    names = checked.block_names
    found: dict[str, str] = {}
    for plugin in plugins_of(checked.registry, names):
        for name, text in plugin.contents().items() if plugin.used else ():
            # Not by the plugin's folder: a run that is opened from a store has its files elsewhere.
            key = f"{name} of plugin {PurePath(plugin.plugin).name}"
            found[key] = found.get(key, "") + hashlib.sha256(text).hexdigest()[:LENGTH]
    if (session := session_text(checked.registry, names)).blocks:
        # As a run that is repeated has it, by the file that it was kept as.
        key = f"{SESSION_PLUGIN} of plugin {SESSION_PLUGIN}"
        found[key] = hashlib.sha256(session.text.encode()).hexdigest()[:LENGTH]
    for package, state in imported_code(name for name in names if name.startswith(IMPORT_PREFIX)).items():
        found[f"package {package}"] = state[:LENGTH]
    return found


def _version(names: Iterable[str]) -> str:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"
