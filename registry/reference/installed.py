"""Which plugins there are: where each comes from, what it brings, what is wrong with it, whether graphs use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from pathlib import Path
from typing import Any

from registry.console.discovery import commands
from registry.contract.errors import Problem
from registry.contract.places import place_of
from registry.loading.blocks import Registry
from registry.loading.installed import BUILTIN, GROUP
from registry.loading.plugin_commands import plugin_commands
from registry.wiring.checked_graph import CheckedGraph

KEYWORD = "registry-plugin"
"""The keyword of packages that bring plugins, by which they are found where packages are published."""


@dataclass
class PluginInfo:
    """A plugin: `blocks` and `trackers` by name, `hooks` that it implements, `others`: entry points beside it.

    `package`, `version`: empty for a file. `faults`: what is wrong with it. `used`: which of its blocks the graphs that
    were asked about use, None if none was asked about; `acts`: its hooks act on every run.
    """

    name: str
    package: str = ""
    version: str = ""
    file: str = ""
    blocks: dict[str, int] = field(default_factory=dict)
    trackers: list[str] = field(default_factory=list)
    hooks: list[str] = field(default_factory=list)
    others: dict[str, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    used: list[str] | None = None
    acts: bool = False

    @property
    def unused(self) -> bool:
        """No graph that was asked about uses a block of it, and no hook of it acts on runs."""
        return self.used == [] and not self.acts and not self.trackers

    def as_data(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        return {**asdict(self), "unused": self.unused}


HARMLESS = {"register_blocks", "register_tracking", "register_commands"}
"""Hooks that only offer something."""


def inventory(registry: Registry, graphs: Sequence[CheckedGraph] = ()) -> list[PluginInfo]:
    """Return all plugins, the built-in one first; those of the graphs' registries among them."""
    found: dict[str, PluginInfo] = {}
    for known in [registry, *(graph.registry for graph in graphs)]:
        for info in _plugins(known):
            found.setdefault(info.name, info)
    _add_entry_points(found)
    if graphs:
        used = {name for graph in graphs for name in graph.block_names}
        for info in found.values():
            info.used = sorted(used & info.blocks.keys())
    return list(found.values())


def _plugins(registry: Registry) -> Iterator[PluginInfo]:
    modules = dict(registry.manager.list_name_plugin())
    _, of_commands = plugin_commands(registry, commands())
    for name in dict.fromkeys([*modules, *registry.installed, *registry.faults]):
        module = modules.get(name)
        installed = registry.installed.get(name)
        distribution = installed.dist if installed else None
        hooks = [caller.name for caller in registry.manager.get_hookcallers(module) or ()] if module else []
        yield PluginInfo(
            name=name,
            package=distribution.name if distribution else "",
            version=distribution.version if distribution else "",
            file=_file(module),
            blocks={
                block: registry.blocks[block].version for block, owner in registry.providers.items() if owner == name
            },
            trackers=[tracker for tracker, owner in registry.tracking_providers.items() if owner == name],
            hooks=sorted(hooks),
            faults=[
                *(_said(problem) for problem in registry.faults.get(name, ())),
                *(problem.render() for problem in of_commands if f"plugin {name!r}" in problem.render()),
            ],
            acts=bool(set(hooks) - HARMLESS),
        )


def _file(module: object) -> str:
    """Return where a plugin is, from the working folder if it lies in it."""
    name = getattr(module, "__file__", None)
    if not name:
        return ""
    file, here = Path(name).resolve(), Path.cwd()
    is_file = place_of(getattr(module, "__name__", "")) is not None
    return str(file.relative_to(here)) if is_file and file.is_relative_to(here) else str(file)


def _said(problem: Problem) -> str:
    return problem.render().removeprefix("warning: ")


def _add_entry_points(found: dict[str, PluginInfo]) -> None:
    """Add what packages offer beside plugins (commands, formats), and those that have the keyword and offer nothing."""
    by_package = {info.package: info for info in reversed(found.values()) if info.package}
    rivals = {said for command in commands().values() for said in command.rivals}
    for point in _other_points():
        package = point.dist.name if point.dist else ""
        info = by_package.get(package)
        if info is None:
            info = by_package[package] = found[package] = _of_package(package, point.dist)
        info.others.setdefault(point.group.removeprefix("registry."), []).append(point.name)
        info.faults += [said for said in sorted(rivals) if point.group in said and said.endswith(_named(point))]
    for distribution in distributions():
        name = distribution.name
        if name not in by_package and KEYWORD in _keywords(distribution):
            info = by_package[name] = found[name] = _of_package(name, distribution)
            info.faults.append(f"package {name!r} has the keyword {KEYWORD} and no entry point of the group {GROUP!r}")


def _of_package(name: str, distribution: Distribution | None) -> PluginInfo:
    return PluginInfo(name, package=name, version=distribution.version if distribution else "")


def _named(point: EntryPoint) -> str:
    return f"{point.value} of the package {point.dist.name!r}" if point.dist else point.value


def _other_points() -> Iterable[EntryPoint]:
    return [
        point
        for group in sorted(entry_points().groups)
        if group.startswith("registry.") and group != GROUP
        for point in entry_points(group=group)
    ]


def _keywords(distribution: Distribution) -> list[str]:
    lines = distribution.metadata.get_all("Keywords") or []
    return [word for line in lines for word in line.replace(",", " ").split()]


def text_of(infos: Sequence[PluginInfo]) -> str:
    """Return the plugins as text for the terminal; of the built-in one only numbers."""
    lines: list[str] = []
    for info in infos:
        lines += [*_text(info), ""]
    return "\n".join(lines)


def _text(info: PluginInfo) -> Iterator[str]:
    package = f"{info.package} {info.version}" if info.package else "a file"
    unused = "  (unused)" if info.unused else ""
    yield f"{info.name}  {package}{unused}"
    if info.file:
        yield f"  {info.file}"
    if info.blocks:
        yield f"  blocks: {_blocks(info)}"
    rows: Mapping[str, Sequence[str]] = {"trackers": info.trackers, "hooks": info.hooks, **info.others}
    yield from (f"  {title}: {', '.join(names)}" for title, names in rows.items() if names)
    if info.used is not None and info.blocks:
        yield f"  used: {', '.join(info.used) or 'none of its blocks'}"
    for fault in info.faults:
        first, *rest = fault.splitlines()
        yield f"  fault: {first}"
        yield from (f"    {line.strip()}" for line in rest)


def _blocks(info: PluginInfo) -> str:
    if info.name == BUILTIN:
        return f"{len(info.blocks)}, python -m registry.blocks lists them"
    return ", ".join(f"{name} (version {version})" if version > 1 else name for name, version in info.blocks.items())
