"""The blocks that options name, such as the clusterer of an evaluation, with their parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from registry.configuration.evaluation import BlockUse, ClustererUse, MatcherUse
from registry.contract.augmentation import AugmentationUse
from registry.contract.block import Block, Kind, summary

Schema = dict[str, Any]

USES: Mapping[str, Kind] = {
    ClustererUse.__name__: "clusterer",
    BlockUse.__name__: "clusterer",
    MatcherUse.__name__: "matcher",
    AugmentationUse.__name__: "augmentation",
}
"""Models of options that name a block, by their names, with the kind of the block."""

SCHEDULE = "schedule"
"""The key of a learning rate that names its schedule."""


def use_schemas(blocks: Mapping[str, type[Block]], placeholder: Schema) -> dict[str, Schema]:
    """Return definitions of the options that name blocks, by the names that `use_of` refers to."""
    found = {f"use-{kind}": _use(_of_kind(blocks, kind), placeholder) for kind in sorted(set(USES.values()))}
    return {**found, SCHEDULE: _schedule(_of_kind(blocks, SCHEDULE), placeholder)}


def use_of(model: str) -> Schema | None:
    """Return a reference to the schema of a model that names a block; None for every other model."""
    kind = USES.get(model)
    return {"$ref": f"#/definitions/use-{kind}"} if kind else None


def with_schedules(stage: Schema) -> Schema:
    """Return the schema of a stage in which a learning rate may be a schedule by its name."""
    rate = stage["properties"]["learning_rate"]
    number = {"type": "number", "exclusiveMinimum": 0}
    branches = [number, {"$ref": f"#/definitions/{SCHEDULE}"}, *rate["anyOf"][1:]]
    return {**stage, "properties": {**stage["properties"], "learning_rate": {**rate, "anyOf": branches}}}


def with_trackers(section: Schema, trackers: Mapping[str, object]) -> Schema:
    """Return the schema of the section `General` in which the trackers that there are can be chosen."""
    tracker = section["properties"]["tracker"]
    known: Schema = {"enum": sorted(trackers)}
    return {
        **section,
        "properties": {**section["properties"], "tracker": {**tracker, "anyOf": [known, *tracker["anyOf"]]}},
    }


def parameters_of(name: str, placeholder: Schema) -> Schema:
    """Return the schema of a block's parameters."""
    return {"anyOf": [{"$ref": f"#/definitions/block-{name}"}, placeholder]}


def names_of(blocks: Mapping[str, type[Block]]) -> list[Schema]:
    """Return the names of blocks, each with what it does."""
    return [{"const": name, "description": f"{block.kind}: {summary(block)}"} for name, block in blocks.items()]


def _of_kind(blocks: Mapping[str, type[Block]], kind: str) -> dict[str, type[Block]]:
    return {name: block for name, block in blocks.items() if block.kind == kind}


def _use(blocks: Mapping[str, type[Block]], placeholder: Schema) -> Schema:
    texts: Schema = {"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}, placeholder]}
    chosen = [_then("use", name, {"with": parameters_of(name, placeholder)}) for name in blocks]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "use": {"anyOf": [*names_of(blocks), placeholder], "description": "name of the block"},
            "with": {"description": "its parameters"},
            "in": {"description": "its inputs, by port: an output of the network, or a column", **texts},
        },
        "allOf": chosen,
    }


def _schedule(blocks: Mapping[str, type[Block]], placeholder: Schema) -> Schema:
    named: Schema = {"anyOf": [*names_of(blocks), placeholder], "description": "name of the schedule"}
    return {
        "type": "object",
        "required": [SCHEDULE],
        "properties": {SCHEDULE: named},
        "allOf": [_then(SCHEDULE, name, {}, {"$ref": f"#/definitions/{SCHEDULE}-{name}"}) for name in blocks],
    }


def schedule_parameters(
    blocks: Mapping[str, type[Block]], schema: Callable[[type[BaseModel]], Schema]
) -> dict[str, Schema]:
    """Return the definitions of the parameters of schedules, which stand beside the name."""
    found: dict[str, Schema] = {}
    for name, block in _of_kind(blocks, SCHEDULE).items():
        own = schema(block.Params)
        found[f"{SCHEDULE}-{name}"] = {**own, "properties": {**own.get("properties", {}), SCHEDULE: True}}
    return found


def _then(key: str, name: str, properties: Schema, whole: Schema | None = None) -> Schema:
    asked = {"properties": {key: {"const": name}}, "required": [key]}
    return {"if": asked, "then": whole or {"properties": properties}}
