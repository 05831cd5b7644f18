"""Finds options that nothing reads, and says what users of the HGCalML trainer need to know about its old keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from registry.contract.errors import Problems
from registry.contract.records import record
from registry.contract.spelling import did_you_mean
from registry.language.document import TOP_KEYS
from registry.language.value import Value

EngineKeys = Mapping[str, Collection[str] | None]
"""What the engine reads itself, by section: the keys, where the others belong to the graph; None for all of it."""

_OLD_KEYS = {
    "Architecture.n_grav_net_space_coordinates": (
        "the name is now 'n_gravnet_space_coordinates'; under this name, of its first version, the HGCalML trainer "
        "could not start"
    ),
    "Architecture.BatchNormOptions": "BatchNormOptions is a section of its own: move it to the top level",
    "LossOptions.beta_push'": "remove the apostrophe: 'beta_push'; with it the HGCalML trainer could not start",
    "General.fix_distance": "the HGCalML trainer ignored or inverted it; set `fix_distance_scale` of output_heads",
    "General.LossLayer": "it never had an effect; choose the loss by `use:` in the graph",
    "General.loss_layer": "it never had an effect; choose the loss by `use:` in the graph",
}


@record
class Known:
    """What has been read or meant.

    `read`: ids of the values that the graph has read, or would read with other options. `failed`: placeholders that
    name nothing, which has been reported; an option they mention was meant. `mentioned`: options that a file of
    options reads by a placeholder or an alias, even if another file overrides it there. `taken`: files of defaults, of
    which the graph needs to read nothing. `named`: names in the placeholders of a graph file in which something is
    wrong: that may be why nothing read them.
    """

    read: set[int]
    failed: Collection[str]
    mentioned: Collection[str]
    taken: Collection[str] = ()
    named: Collection[str] = ()


def report_unused(config: Value, known: Known, engine: EngineKeys, problems: Problems) -> None:
    """Report every option, or whole section, that neither the graph nor the engine has read."""
    _Unused(config, known, engine, problems).report()


@record
class _Unused:
    config: Value
    known: Known
    engine: EngineKeys
    problems: Problems

    def report(self) -> None:
        known = [".".join(path) for path, value in _parts(self.config, ()) if id(value) in self.known.read]
        for name, section in self.config.items():
            if self.engine.get(name, ()) is not None:
                self._report(section, self.config, (name,), known)

    def _report(self, value: Value, parent: Value, path: tuple[str, ...], known: list[str]) -> None:
        if self._is_engine_key(path):
            return
        if self._is_read(value, path) or (len(path) == 1 and path[0] in self.engine):
            for key, item in value.items():
                self._report(item, value, (*path, key), known)
            return
        if value.data in ({}, []) or (value.data is None and len(path) == 1):
            return
        keys = (path[-1], *value.keys)
        if any(key in text for text in self.known.failed for key in keys) or any(
            key in self.known.named for key in keys
        ):
            return
        name = ".".join(path)
        origin = parent.keys.get(path[-1], value.origin)
        if origin.file in self.known.taken:
            return
        hint = _OLD_KEYS.get(name) or self._suggest(path, known)
        self.problems.error(f"option {name!r} is read by nothing", origin, hint=hint)

    def _is_read(self, value: Value, path: tuple[str, ...]) -> bool:
        if id(value) in self.known.read or self._is_engine_key(path) or self._is_mentioned(path):
            return True
        return any(self._is_read(item, (*path, key)) for key, item in value.items())

    def _is_mentioned(self, path: tuple[str, ...]) -> bool:
        return any(".".join(path[:depth]) in self.known.mentioned for depth in range(1, len(path) + 1))

    def _is_engine_key(self, path: tuple[str, ...]) -> bool:
        return len(path) == 2 and path[1] in (self.engine.get(path[0]) or ())

    def _suggest(self, path: tuple[str, ...], known: list[str]) -> str:
        inner = [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == ".".join(path[:-1])]
        inner += [*(self.engine.get(path[0]) or ())] if len(path) == 2 else []
        if len(path) == 1:
            inner = [*{name.split(".")[0] for name in known}, *self.engine]
        near = did_you_mean(path[-1], sorted(set(inner)))
        if near:
            return near
        if path[0] in TOP_KEYS:
            return "it belongs into the graph file; options are what stands in the files of `config:` and `--config`"
        full = did_you_mean(".".join(path), known)
        return full or "remove it, or use it in the graph as ${" + ".".join(path) + "}"


def _parts(value: Value, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Value]]:
    """Yield everything inside a value, at any depth, with its path."""
    if path:
        yield path, value
    for key, item in value.items():
        yield from _parts(item, (*path, key))
