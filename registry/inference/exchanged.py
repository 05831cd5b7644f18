"""Blocks of the section `Evaluation` that settings exchange for others, without what only the others knew."""

from __future__ import annotations

from registry.contract.block import Block
from registry.language.value import Value
from registry.loading.blocks import Registry

EXCHANGED = ("clusterer", "matcher")


def exchanged(before: Value, after: Value, registry: Registry) -> Value:
    """Return a section in which a block that another one was exchanged for keeps what was written for both.

    `before`: the section that settings were laid over, `after`: with them. Parameters and inputs of `before` that the
    block in its place does not know are left out; what the settings say themselves stays, right or wrong.
    """
    if not isinstance(before.data, dict) or not isinstance(after.data, dict):
        return after
    found = dict(after.data)
    for name in EXCHANGED:
        if name in before.data and name in found:
            found[name] = _without(before.data[name], found[name], registry)
    return Value(found, after.origin, after.keys)


def _without(before: Value, after: Value, registry: Registry) -> Value:
    if not isinstance(before.data, dict) or not isinstance(after.data, dict):
        return after
    uses = [mapping["use"].data if "use" in mapping else None for mapping in (before.data, after.data)]
    block = registry.find(uses[1]) if isinstance(uses[1], str) else None
    if uses[0] == uses[1] or block is None:
        return after
    known = {"with": set(block.Params.model_fields), "in": _ports(block)}
    kept = dict(after.data)
    for part, names in known.items():
        written, now = before.data.get(part), after.data.get(part)
        if written is not None and now is not None and isinstance(written.data, dict) and isinstance(now.data, dict):
            own = {key: item for key, item in now.data.items() if key in names or item is not written.data.get(key)}
            kept[part] = Value(own, now.origin, now.keys)
    return Value(kept, after.origin, after.keys)


def _ports(block: type[Block]) -> set[str]:
    return {port.name for port in getattr(block, "inputs", ())}
