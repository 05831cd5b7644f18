"""The ways to keep runs that plugins bring, by name, and the one that a graph's configuration chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from registry.contract.errors import Origin, Problems
from registry.contract.failures import function_place, received
from registry.contract.records import record
from registry.contract.spelling import did_you_mean
from registry.contract.tracker import Tracking
from registry.language.value import Value


@record(frozen=False)
class Trackings:
    """The ways to keep runs, and the plugins they come from, by name."""

    named: dict[str, Tracking] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)

    def add(self, item: object, plugin: str, hook: object, origin: Origin | None, problems: Problems) -> None:
        """Add what a plugin's hook register_tracking, a function, returned, or report what is wrong with it."""
        if not isinstance(item, Tracking):
            place = function_place(hook)
            message = f"plugin {plugin!r}: register_tracking returned something that is no Tracking"
            hint = f"expected registry.Tracking(name, tracker, store), received {received(item)}\nsee docs/plugins.md"
            problems.error(message, place.used_at(origin) if place and origin else place or origin, hint=hint)
        elif self.named.setdefault(item.name, item) is not item:
            message = f"tracker {item.name!r} is registered by {self.providers[item.name]!r} and by {plugin!r}"
            problems.error(message, origin, hint="rename one of them, or uninstall one of the plugins")
        else:
            self.providers[item.name] = plugin


def check_tracker(config: Value, trackings: Mapping[str, Tracking], problems: Problems) -> None:
    """Report a `General.tracker` that no plugin brings; what is no text is reported with the other options."""
    written = config.nearest(["General", "tracker"])
    if isinstance(written.data, str) and written.data not in trackings:
        near = did_you_mean(written.data, trackings)
        listing = f"trackers: {', '.join(sorted(trackings))}; --plugin FILE_OR_MODULE adds more"
        message = f"General.tracker: there is no tracker {written.data!r}"
        problems.error(message, written.origin, hint=f"{near}   ({listing})" if near else listing)
