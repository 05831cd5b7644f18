"""Finds options that nothing reads, and says what users of the HGCalML trainer need to know about its old keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from registry.contract.errors import Problems, did_you_mean
from registry.language.document import TOP_KEYS
from registry.language.value import Value

ENGINE_SECTIONS = ("Training", "Optimizer", "Plotting")
"""Sections that the engine reads as a whole."""

ENGINE_KEYS = {"General": ("description-string", "seed", "kernels", "tracker", "experiment")}
"""Keys that the engine reads in sections which otherwise belong to the graph."""

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


def report_unused(config: Value, read: set[int], failed: Collection[str], problems: Problems) -> None:
    """Report every option, or whole section, that neither the graph nor the engine has read.

    `failed`: placeholders that name nothing, which has been reported; an option they mention was meant.
    """
    known = [".".join(path) for path, value in _leaves(config, ()) if id(value) in read]
    sections = config.data if isinstance(config.data, dict) else {}
    for name, section in sections.items():
        if name in ENGINE_SECTIONS:
            continue
        _report(section, config, (name,), read, known, failed, problems)


def _report(
    value: Value,
    parent: Value,
    path: tuple[str, ...],
    read: set[int],
    known: list[str],
    failed: Collection[str],
    problems: Problems,
) -> None:
    if _is_engine_key(path):
        return
    if _is_read(value, path, read) or (len(path) == 1 and path[0] in ENGINE_KEYS):
        for key, item in _items(value):
            _report(item, value, (*path, key), read, known, failed, problems)
        return
    if value.data in ({}, []) or (value.data is None and len(path) == 1):
        return
    if any(key in text for text in failed for key in (path[-1], *value.keys)):
        return
    name = ".".join(path)
    origin = parent.keys.get(path[-1], value.origin)
    hint = _OLD_KEYS.get(name) or _suggest(path, known)
    problems.error(f"option {name!r} is read by nothing", origin, hint=hint)


def _is_read(value: Value, path: tuple[str, ...], read: set[int]) -> bool:
    if id(value) in read or _is_engine_key(path):
        return True
    return any(_is_read(item, (*path, key), read) for key, item in _items(value))


def _is_engine_key(path: tuple[str, ...]) -> bool:
    return len(path) == 2 and path[1] in ENGINE_KEYS.get(path[0], ())


def _items(value: Value) -> Iterator[tuple[str, Value]]:
    if isinstance(value.data, dict):
        yield from value.data.items()
    elif isinstance(value.data, list):
        yield from ((str(index), item) for index, item in enumerate(value.data))


def _leaves(value: Value, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Value]]:
    if path:
        yield path, value
    for key, item in _items(value):
        yield from _leaves(item, (*path, key))


def _suggest(path: tuple[str, ...], known: list[str]) -> str:
    inner = [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == ".".join(path[:-1])]
    inner += [*ENGINE_KEYS.get(path[0], ())] if len(path) == 2 else []
    if len(path) == 1:
        inner = [*{name.split(".")[0] for name in known}, *ENGINE_SECTIONS, *ENGINE_KEYS]
    near = did_you_mean(path[-1], sorted(set(inner)))
    if near:
        return near
    if path[0] in TOP_KEYS:
        return "it belongs into the graph file; options are what stands in the files of `config:` and `--config`"
    full = did_you_mean(".".join(path), known)
    return full or "remove it, or use it in the graph as ${" + ".".join(path) + "}"
