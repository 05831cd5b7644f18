"""What an editor is told of the ports of blocks: names of inputs to choose from, and what they are."""

from __future__ import annotations

from typing import Any

from registry.contract.block import Block, Port, summary
from registry.language.inputs import BUNDLE, OPTIONAL

Schema = dict[str, Any]

REFERENCES: Schema = {"$ref": "#/definitions/references"}


def inputs_schema(block: type[Block]) -> Schema:
    """Return the schema of a node's `in`: references, or references by the names of the block's inputs."""
    properties: dict[str, Schema] = {
        BUNDLE: {**REFERENCES, "description": "nodes whose outputs fill the inputs of the same names"},
        OPTIONAL: {
            **REFERENCES,
            "description": "optional inputs, or those of nodes, that are filled where they are there",
        },
    }
    properties |= {port.name: {"description": _told(port), "allOf": [REFERENCES]} for port in block.inputs}
    several = any(port.rest or port.many for port in block.inputs)
    named: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": REFERENCES if several else False,
    }
    told = "\n\n".join(_told(port, named=True) for port in block.inputs)
    return {"description": told or "it has no inputs", "anyOf": [REFERENCES, named]}


def node_description(block: type[Block]) -> str:
    """Return what an editor shows of a node: what its block does, and its outputs."""
    outputs = "\n\n".join(_told(port, named=True) for port in block.outputs)
    return f"{block.kind} {block.name}: {summary(block)}" + (f"\n\noutputs\n\n{outputs}" if outputs else "")


def _reference(description: str) -> Schema:
    return {"description": description, "allOf": [REFERENCES]}


def _told(port: Port, named: bool = False) -> str:
    axes = f"[{port.pattern}] " if port.pattern else ""
    unit = f" [{port.unit}]" if port.unit else ""
    marks = "".join(f", {word}" for word, mark in (("optional", port.optional), ("truth", port.truth)) if mark)
    return f"{f'{port.name}: ' if named else ''}{axes}{port.dtype}: {port.description}{unit}{marks}"
