"""The plugin manager, and the blocks that all plugins register, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import pluggy

from registry.contract import hooks as hookspecs
from registry.contract.axes import ANY_SHAPE, parse_pattern
from registry.contract.block import Block, BlockParams, Kind
from registry.contract.errors import Origin, Problems, did_you_mean, nearest_word
from registry.contract.tracker import Tracking
from registry.loading.importing import own_traceback, register_all
from registry.loading.keras_block import KERAS_PREFIX, keras_block
from registry.loading.keras_source import is_layer, layers
from registry.loading.trackings import Trackings

SURELY = 0.85
"""A block's name and a misspelt one of this similarity (0 to 1) or more are the same."""


@dataclass
class Registry:
    """The plugin manager, and the blocks and trackers all plugins registered, by name.

    `incomplete`: a plugin failed (reported); a block that is missing may be its.
    """

    manager: pluggy.PluginManager
    blocks: dict[str, type[Block]] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)
    trackings: Mapping[str, Tracking] = field(default_factory=dict)
    incomplete: bool = False

    @property
    def hook(self) -> pluggy.HookRelay:
        """The hooks, to be called by keyword."""
        return self.manager.hook

    def find(self, name: str) -> type[Block] | None:
        """Return the block of a name, or a wrapper of a Keras layer for `keras.LayerName`; None if there is none."""
        if name.startswith(KERAS_PREFIX):
            return keras_block(name) if is_layer(name.removeprefix(KERAS_PREFIX)) else None
        return self.blocks.get(name)

    def meant(self, name: str) -> type[Block] | None:
        """Return the block that a misspelt name surely stands for, so that the rest of its node can be checked."""
        return self.blocks.get(nearest_word(name, self.blocks, SURELY))

    def suggest(self, name: str) -> str:
        """Return a hint for a block name nobody registered."""
        if name.startswith(KERAS_PREFIX):
            return did_you_mean(name, [KERAS_PREFIX + layer for layer in layers()])
        near = did_you_mean(name, self.blocks)
        listing = "python -m registry.blocks lists all blocks; --plugin FILE_OR_MODULE adds more"
        return f"{near}   ({listing})" if near else listing

    def provider(self, name: str) -> str:
        """Return the plugin a block comes from."""
        return self.providers.get(name, "builtin")

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
    """Load plugins as `load_registry` does; those that fail are reported in `problems`, and left out."""
    before = len(problems.errors)
    manager = pluggy.PluginManager("registry")
    manager.add_hookspecs(hookspecs)
    places = register_all(manager, extra, problems)
    registry = Registry(manager)
    for plugin, block in _returned(manager.hook.register_blocks, places, problems):
        _add(registry, block, plugin, places.get(plugin), problems)
    trackings = Trackings()
    for plugin, tracking in _returned(manager.hook.register_tracking, places, problems):
        trackings.add(tracking, plugin, places.get(plugin), problems)
    registry.trackings = trackings.named
    registry.incomplete = len(problems.errors) > before
    return registry


def _returned(caller: pluggy.HookCaller, places: Mapping[str, Origin], problems: Problems) -> Iterator[tuple[str, Any]]:
    """Yield what every plugin returned from a hook, with the plugin; one that fails is reported."""
    for implementation in caller.get_hookimpls():
        plugin = implementation.plugin_name
        try:
            items = list(implementation.function())  # type: ignore[call-overload]
        except Exception as error:
            message = f"plugin {plugin!r} failed in its hook {caller.name}"
            problems.error(message, places.get(plugin), hint=own_traceback(error))
            continue
        yield from ((plugin, item) for item in items)


def _add(registry: Registry, block: type[Block], plugin: str, origin: Origin | None, problems: Problems) -> None:
    faults = list(_faults(block))
    for fault in faults:
        problems.error(f"plugin {plugin!r}: {fault}", origin, hint="see docs/plugins.md")
    if faults:
        return
    if registry.blocks.get(block.name, block) is not block:
        first = registry.providers[block.name]
        message = f"block {block.name!r} is registered by {first!r} and by {plugin!r}"
        problems.error(message, origin, hint="rename one of them, or uninstall one of the plugins")
        return
    registry.blocks[block.name] = block
    registry.providers[block.name] = plugin


def _faults(block: object) -> Iterator[str]:
    """Yield what is wrong with the declaration of a block."""
    if not (isinstance(block, type) and issubclass(block, Block)):
        yield f"register_blocks returned {block!r}, which is no subclass of registry.contract.block.Block"
        return
    if not isinstance(getattr(block, "name", None), str):
        yield f"the block {block.__name__} states no `name`"
    if getattr(block, "kind", None) not in get_args(Kind):
        yield f"the block {block.__name__} states no `kind`: one of {', '.join(get_args(Kind))}"
    if not issubclass(block.Params, BlockParams):
        yield f"the `Params` of the block {block.__name__} are no subclass of registry.contract.block.BlockParams"
    for port in (*block.inputs, *block.outputs):
        try:
            if port.pattern != ANY_SHAPE:
                parse_pattern(port.pattern)
        except ValueError as error:
            yield f"the port {port.name!r} of the block {block.__name__}: {error}"
