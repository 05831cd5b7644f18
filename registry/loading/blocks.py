"""The plugin manager, and the blocks that all plugins register, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import pluggy

from registry.console.entry_points import EntryPoint
from registry.contract import hooks as hookspecs
from registry.contract.block import Block
from registry.contract.errors import Origin, Problem, Problems
from registry.contract.failures import PluginFault, call, class_place, function_place, wrong_result
from registry.contract.function_registry import FUNCTIONS, SESSION
from registry.contract.named_block import NamedBlock
from registry.contract.records import record
from registry.contract.spelling import did_you_mean, nearest_word
from registry.contract.tracker import Tracking
from registry.loading.importing import functions_of, register_all
from registry.loading.installed import BUILTIN, installed_plugins
from registry.loading.keras_source import KERAS_PREFIX, is_layer, layers
from registry.loading.known_blocks import KnownBlocks
from registry.loading.reports import Reports
from registry.loading.trackings import Trackings

SURELY = 0.85
"""A block's name and a misspelt one of this similarity (0 to 1) or more are the same."""


@record(frozen=False)
class Registry:
    """The plugin manager, and the blocks and trackers all plugins registered, by name.

    `incomplete`: a plugin failed (reported); a block that is missing may be its. `installed`: the plugins
    that packages declare; `faults`: what is wrong with them, reported as warnings. `ambiguous`: the two plugins
    that a block comes from, an error only where the block is used.
    """

    manager: pluggy.PluginManager
    blocks: KnownBlocks = field(default_factory=KnownBlocks)
    providers: dict[str, str] = field(default_factory=dict)
    trackings: Mapping[str, Tracking] = field(default_factory=dict)
    tracking_providers: Mapping[str, str] = field(default_factory=dict)
    incomplete: bool = False
    installed: Mapping[str, EntryPoint] = field(default_factory=dict)
    faults: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    ambiguous: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def hook(self) -> pluggy.HookRelay:
        """The hooks, to be called by keyword."""
        return self.manager.hook

    def find(self, name: str) -> type[Block] | None:
        """Return the block of a name, or a wrapper of a Keras layer for `keras.LayerName`; None if there is none."""
        if name.startswith(KERAS_PREFIX):
            # What follows Keras's source is imported only for graphs that use its layers.
            from registry.loading.keras_block import keras_block

            return keras_block(name) if is_layer(name.removeprefix(KERAS_PREFIX)) else None
        if name.startswith("import:"):
            from registry.loading.imported_block import imported_block

            return imported_block(name)
        return self.blocks.get(name)

    def meant(self, name: str) -> type[Block] | None:
        """Return the block that a misspelt name surely stands for, so that the rest of its node can be checked."""
        return self.blocks.get(nearest_word(name, self.blocks, SURELY))

    def suggest(self, name: str) -> str:
        """Return a hint for a block name nobody registered."""
        if name.startswith("import:"):
            from registry.loading.imported_block import import_fault

            return import_fault(name)
        if name.casefold().startswith(KERAS_PREFIX) or f".{KERAS_PREFIX}" in name.casefold():
            # Python's own name of a layer has the modules in front: keras.layers.Dense, tf.keras.layers.Dense.
            near = nearest_word(name.rpartition(".")[2], layers())
            return f"did you mean {KERAS_PREFIX + near!r}?" if near else ""
        near = did_you_mean(name, self.blocks)
        listing = "python -m registry.blocks lists all blocks; --plugin FILE_OR_MODULE adds more"
        if self.faults:
            listing += f"; python -m registry.plugins says what is wrong with {', '.join(self.faults)}"
        return f"{near}   ({listing})" if near else listing

    def conflict(self, name: str) -> str:
        """Return what to say of a block that stands for two; empty if it does not."""
        first, second = self.ambiguous.get(name, ("", ""))
        return f"block {name!r} is registered by {first!r} and by {second!r}" if first else ""

    def provider(self, name: str) -> str:
        """Return the plugin a block comes from."""
        return self.providers.get(name, BUILTIN)

    def is_loader(self, name: str) -> bool:
        """Say whether `name` is a registered loader."""
        return name in self.blocks and self.blocks[name].kind == "loader"


def load_registry(extra: Iterable[tuple[str, Origin | None]] = ()) -> Registry:
    """Load every installed plugin and the `extra` ones (file or module name, and where it was asked for).

    Raises InputError, with the plugin's own traceback, for a plugin that fails to import or breaks a hook's signature.
    """
    problems = Problems()
    registry = find_plugins(extra, problems)
    problems.raise_if_any()
    return registry


def find_plugins(extra: Iterable[tuple[str, Origin | None]], problems: Problems) -> Registry:
    """Load plugins as `load_registry` does; those that fail are reported in `problems`, and left out.

    What is wrong with an installed plugin is a warning there: the rest works without it.
    """
    before = len(problems.errors)
    manager = pluggy.PluginManager("registry")
    manager.add_hookspecs(hookspecs)
    installed = installed_plugins()
    reports = Reports(problems, {point.name for point in installed})
    places = register_all(manager, installed, extra, reports)
    registry = Registry(manager, installed={point.name: point for point in installed})
    for plugin, block, hook in _returned(manager.hook.register_blocks, places, reports):
        _add(registry, block, plugin, hook, places.get(plugin), reports)
    for plugin, module in manager.list_name_plugin():
        for function in functions_of(module) if module is not None else ():
            # A hook of the plugin may have returned it already.
            if registry.blocks.get(function.name) is not function:
                _add(registry, function, plugin, function.function, places.get(plugin), reports)
    for function in FUNCTIONS.defined_in(SESSION):
        if function.name not in registry.blocks:
            _add(registry, function, SESSION, function.function, None, reports)
    trackings = Trackings()
    for plugin, tracking, hook in _returned(manager.hook.register_tracking, places, reports):
        trackings.add(tracking, plugin, hook, places.get(plugin), reports.of(plugin))
    registry.trackings, registry.tracking_providers = trackings.named, trackings.providers
    registry.incomplete = len(problems.errors) > before
    registry.faults = reports.faults()
    return registry


def _returned(
    caller: pluggy.HookCaller, places: Mapping[str, Origin], reports: Reports
) -> Iterator[tuple[str, Any, Any]]:
    """Yield what every plugin returned from a hook, with the plugin and its function; one that fails is reported.

    In the order in which the plugins were registered: of two things of one name the first stays.
    """
    expected = "a list: `return [...]`"
    for implementation in caller.get_hookimpls():
        plugin, function = implementation.plugin_name, implementation.function
        subject, what = f"plugin {plugin!r}", f"its hook {caller.name}"
        try:
            items = call(subject, what, lambda: _listed(function()), expected)  # noqa: B023
            if not isinstance(items, list):
                raise wrong_result(subject, function, what, items, expected)
        except PluginFault as fault:
            _report(fault.problem, places.get(plugin), reports.of(plugin))
            continue
        yield from ((plugin, item, function) for item in items)


def _listed(returned: Any) -> Any:
    """Return the items of a list, a tuple or a generator as a list; what is none of them as it is."""
    return list(returned) if isinstance(returned, list | tuple | set | Iterator) else returned


def _report(problem: Problem, asked: Origin | None, problems: Problems) -> None:
    """Report a problem of a plugin, at its place in the plugin's file, or else where the plugin was asked for."""
    place = problem.origin.used_at(asked) if problem.origin and asked else problem.origin or asked
    problems.error(problem.message, place, hint=f"{problem.hint}\nsee docs/plugins.md".lstrip())


def _faults(block: type[Block] | NamedBlock) -> list[Problem]:
    """Return what is wrong with a declaration; those of named blocks, the built-in ones, are held by the tests."""
    if isinstance(block, NamedBlock):
        return []
    # Most graphs have built-in blocks only.
    from registry.loading.declarations import faults

    return faults(block)


def _add(
    registry: Registry,
    block: type[Block] | NamedBlock,
    plugin: str,
    hook: Any,
    origin: Origin | None,
    reports: Reports,
) -> None:
    problems = reports.of(plugin)
    wrong = _faults(block)
    for fault in wrong:
        place = fault.origin or function_place(hook)
        _report(replace(fault, message=f"plugin {plugin!r}: {fault.message}", origin=place), origin, problems)
    if wrong:
        return
    if registry.blocks.add(block):
        registry.providers[block.name] = plugin
        return
    provider = registry.providers[block.name]
    if provider == plugin and not isinstance(block, NamedBlock):
        names = f"{registry.blocks[block.name].__name__} and {block.__name__}"
        message = f"plugin {plugin!r} has two blocks of the name {block.name!r}: {names}"
        place = class_place(block, "name") or origin
        problems.error(message, place.used_at(origin) if place and origin else place, hint="rename one of them")
        return
    if reports.keeps(plugin):
        registry.ambiguous.setdefault(block.name, (provider, plugin))
    message = f"block {block.name!r} is registered by {provider!r} and by {plugin!r}"
    problems.error(message, origin, hint="rename one of them, or uninstall one of the plugins")
