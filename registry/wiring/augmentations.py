"""The augmentations that a loader names: found, checked, and made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from registry.configuration.parameters import validate
from registry.contract.augmentation import Augmentation, AugmentationUse
from registry.contract.errors import Problems
from registry.contract.failures import PluginFault
from registry.language.graph import Node
from registry.language.value import empty_mapping
from registry.wiring.asking import made

if TYPE_CHECKING:
    from registry.loading.blocks import Registry

PARAMETER = "augmentation"
"""The parameter of a loader that names them."""


def made_augmentations(
    uses: Sequence[AugmentationUse], node: Node, registry: Registry, problems: Problems
) -> list[Augmentation] | None:
    """Return the augmentations of a loader's node; None if something is wrong with one (reported at its place)."""
    found = [_made(use, number, node, registry, problems) for number, use in enumerate(uses)]
    whole = [block for block in found if block is not None]
    return whole if len(whole) == len(found) else None


def _made(use: AugmentationUse, number: int, node: Node, registry: Registry, problems: Problems) -> Augmentation | None:
    path: list[str | int] = [PARAMETER, number]
    place = node.params.nearest([*path, "use"]).origin
    kind = registry.find(use.use)
    if kind is None or not issubclass(kind, Augmentation):
        what = f"there is no augmentation {use.use!r}" if kind is None else f"{use.use!r} is no augmentation"
        hint = registry.suggest(use.use) if kind is None else f"it is of the kind {kind.kind}"
        problems.error(f"{PARAMETER}.{number}: {what}", place, node.path, hint)
        return None
    written = node.params.nearest([*path, "with"])
    given = written if use.parameters and isinstance(written.data, dict) else empty_mapping(place)
    params = validate(kind.Params, given, f"{node.path}: {PARAMETER}.{number}.with", problems, kind.name)
    if params is None:
        return None
    try:
        asked = made(kind, params, registry.provider(kind.name))
        complaints = asked.complaints()
    except PluginFault as fault:
        fault.report(problems, place, node.path)
        return None
    for complaint in complaints:
        steps = [int(step) if step.isdigit() else step for step in complaint.parameter.split(".") if step]
        at = given.nearest(steps).origin if steps else place
        problems.error(f"{PARAMETER}.{number}: {complaint.message}", at, node.path, complaint.hint)
    return asked.block if isinstance(asked.block, Augmentation) and not complaints else None
