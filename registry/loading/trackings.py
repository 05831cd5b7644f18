"""The ways to keep runs that plugins bring, by name, and the one that a graph's configuration chooses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from registry.contract.errors import Origin, Problems, did_you_mean
from registry.contract.tracker import Tracking
from registry.language.value import Value

if TYPE_CHECKING:
    from registry.loading.blocks import Registry


def add_tracking(registry: Registry, item: object, plugin: str, origin: Origin | None, problems: Problems) -> None:
    """Add what a plugin's hook register_tracking returned, or report what is wrong with it."""
    if not isinstance(item, Tracking):
        message = f"plugin {plugin!r}: register_tracking returned {item!r}, which is no Tracking"
        problems.error(message, origin, hint="see docs/plugins.md")
    elif registry.trackings.setdefault(item.name, item) is not item:
        first = registry.providers[f"tracker {item.name}"]
        message = f"tracker {item.name!r} is registered by {first!r} and by {plugin!r}"
        problems.error(message, origin, hint="rename one of them, or uninstall one of the plugins")
    else:
        registry.providers[f"tracker {item.name}"] = plugin


def check_tracker(config: Value, registry: Registry, problems: Problems) -> None:
    """Report a `General.tracker` that no plugin brings."""
    written = config.nearest(["General", "tracker"])
    # What is no text is reported with the other options; after a plugin that failed, the tracker may be its.
    if isinstance(written.data, str) and written.data not in registry.trackings and not registry.incomplete:
        message = f"General.tracker: there is no tracker {written.data!r}"
        problems.error(message, written.origin, hint=suggest_tracker(written.data, registry.trackings))


def suggest_tracker(name: str, trackings: Mapping[str, Tracking]) -> str:
    """Return a hint for a tracker that no plugin brings."""
    near = did_you_mean(name, trackings)
    listing = f"trackers: {', '.join(sorted(trackings))}; --plugin FILE_OR_MODULE adds more"
    return f"{near}   ({listing})" if near else listing
