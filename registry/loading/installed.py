"""Which plugins packages declare; nothing of them is imported."""

from __future__ import annotations

from registry.console.entry_points import EntryPoint, entry_points

GROUP = "registry.plugins"
"""The entry points by which packages declare plugins."""

BUILTIN = "builtin"
"""The plugin of the blocks that come with this package."""


def installed_plugins() -> list[EntryPoint]:
    """Return the plugins that packages declare, by name, the built-in one first; all packages are looked through."""
    return sorted(entry_points(GROUP), key=lambda point: (point.name != BUILTIN, point.name, point.value))
