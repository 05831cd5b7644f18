"""JSON Schema of graph and configuration files, with the parameters of every installed block."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from registry.configuration.options import SECTIONS, Section
from registry.contract.block import NO_NODES, Block
from registry.language.document import TOP_KEYS
from registry.language.entries import KEYS, EntryKind
from registry.loading.blocks import Registry
from registry.loading.imported_block import IMPORT_PREFIX, ImportedParams
from registry.loading.keras_source import KERAS_PREFIX
from registry.reference.schema_paths import option_paths, references
from registry.reference.schema_ports import inputs_schema, node_description
from registry.reference.schema_uses import (
    names_of,
    parameters_of,
    schedule_parameters,
    use_of,
    use_schemas,
    with_schedules,
    with_trackers,
)
from registry.wiring.checked_graph import CheckedGraph

Schema = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
"""What the YAML language server reads."""

PLACEHOLDER: Schema = {"$ref": "#/definitions/placeholder"}
ENTRIES: Schema = {"$ref": "#/definitions/entries"}
REFERENCE: Schema = {"$ref": "#/definitions/reference"}
REFERENCES: Schema = {"$ref": "#/definitions/references"}

GRAPH_FILE: Schema = {"type": "string", "pattern": r"\.ya?ml$", "description": "a graph's file as a block"}
INSTALLED: Schema = {
    "type": "string",
    "pattern": rf"^{IMPORT_PREFIX}[\w.]+:\w+$",
    "description": "a Keras layer of an installed package, import:package.module:Class",
}

_TOP: dict[str, Schema] = {
    "name": {"type": "string", "description": "name of the graph"},
    "description": {"type": "string", "description": "what it is, and from which paper"},
    "config": {"$ref": "#/definitions/texts", "description": "configuration files, relative to this one"},
    "plugins": {"$ref": "#/definitions/texts", "description": "plugins to load: files or modules"},
    "defaults": {"type": "object", "description": "parameters for every node of a block"},
    "blocks": ENTRIES,
    "outputs": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "what the inference model returns: name: node.port",
    },
}

_KEYS: dict[str, Schema] = {
    "in": {"anyOf": [REFERENCES, {"type": "object", "additionalProperties": REFERENCES}], "description": "its inputs"},
    "with": {"description": "parameters of the block"},
    "weights": {"type": "string", "description": "weights to start from: a file, or run:ID"},
    "when": {"anyOf": [{"type": "boolean"}, PLACEHOLDER], "description": "keep the node only if this holds"},
    "otherwise": {**REFERENCES, "description": "what stands for the node where it is dropped"},
    "repeat": {"anyOf": [{"type": "array"}, PLACEHOLDER], "description": "one pass per entry of this list"},
    "as": {"type": "string", "description": "name of the entry: ${name.key} inside"},
    "index": {"type": "string", "description": "name of the number of the pass, from 0"},
    "carry": {"type": "object", "description": "what the first pass takes: name: reference"},
    "next": {"type": "object", "description": "what a pass hands to the next one: name: reference"},
    "blocks": {**ENTRIES, "description": "the nodes of one pass"},
    "graph": {"type": "string", "description": "a graph file to include, relative to this one"},
    "trainable": {"anyOf": [{"type": "boolean"}, PLACEHOLDER], "description": "train the weights of the sub-graph"},
}


def json_schema(
    registry: Registry, graphs: Sequence[CheckedGraph] = (), plugins: Collection[str] | None = None
) -> Schema:
    """Return one schema for both kinds of file: what has `blocks` is a graph, all else a configuration.

    `graphs`: what they consist of is offered where something is referred to; `plugins`: those whose blocks are known,
    None for all.
    """
    known = {
        name: block
        for name, block in sorted(registry.blocks.items())
        if plugins is None or registry.providers[name] in plugins
    }
    blocks = {name: block for name, block in known.items() if block.kind not in NO_NODES}
    trackers = {
        name: tracking
        for name, tracking in registry.trackings.items()
        if plugins is None or registry.tracking_providers[name] in plugins
    }
    reference: Schema = {"type": "string"}
    if graphs:
        reference["examples"] = references(graphs)
    return {
        "$schema": DIALECT,
        "title": "Graph or configuration",
        "if": {"required": ["blocks"]},
        "then": {"$ref": "#/definitions/graph"},
        "else": {"$ref": "#/definitions/configuration"},
        "definitions": {
            "graph": _graph(blocks),
            "configuration": _configuration(trackers),
            "entries": {"type": "object", "additionalProperties": {"$ref": "#/definitions/entry"}},
            "entry": _entry(blocks),
            "placeholder": {
                "type": "string",
                "pattern": r"\$\{",
                "description": "${Section.key} of the configuration",
                "examples": option_paths(graphs),
            },
            "texts": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "reference": reference,
            "references": {"anyOf": [REFERENCE, {"type": "array", "items": REFERENCE}]},
            **use_schemas(known, PLACEHOLDER),
            **schedule_parameters(known, parameters_schema),
            **{f"inputs-{name}": inputs_schema(block) for name, block in blocks.items()},
            **{
                f"block-{name}": parameters_schema(block.Params)
                for name, block in known.items()
                if block.kind != "schedule"
            },
            "block-import": parameters_schema(ImportedParams),
        },
    }


def _graph(blocks: Mapping[str, type[Block]]) -> Schema:
    defaults = {**_TOP["defaults"], "properties": {name: parameters_of(name, PLACEHOLDER) for name in blocks}}
    properties = {key: defaults if key == "defaults" else _TOP[key] for key in TOP_KEYS}
    return {"type": "object", "properties": properties, "additionalProperties": False, "required": ["blocks"]}


def _entry(blocks: Mapping[str, type[Block]]) -> Schema:
    deciding: dict[str, EntryKind] = {"use": "node", "repeat": "loop", "graph": "sub-graph"}
    properties = {**_KEYS, "use": _use(blocks)}
    of_file = {"properties": {"use": GRAPH_FILE}, "required": ["use"]}
    shapes = [
        {
            "if": {"required": [key], "not": of_file},
            "then": {"properties": {name: properties[name] for name in KEYS[kind]}, "additionalProperties": False},
        }
        for key, kind in deciding.items()
    ]
    whole = {"use": True, **{name: properties[name] for name in KEYS["sub-graph"] if name != "graph"}}
    shapes.append({"if": of_file, "then": {"properties": whole, "additionalProperties": False}})
    parameters = [
        {
            "if": {"properties": {"use": {"const": name}}, "required": ["use"]},
            "then": {
                "description": node_description(block),
                "properties": {
                    "with": parameters_of(name, PLACEHOLDER),
                    "in": {"$ref": f"#/definitions/inputs-{name}"},
                },
            },
        }
        for name, block in blocks.items()
    ]
    imported = {"properties": {"use": INSTALLED}, "required": ["use"]}
    parameters.append({"if": imported, "then": {"properties": {"with": parameters_of("import", PLACEHOLDER)}}})
    return {"type": "object", "anyOf": [{"required": [key]} for key in deciding], "allOf": [*shapes, *parameters]}


def _use(blocks: Mapping[str, type[Block]]) -> Schema:
    pattern = f"^{re.escape(KERAS_PREFIX)}"
    layer = {"type": "string", "pattern": pattern, "description": "a layer of Keras"}
    further = [layer, INSTALLED, GRAPH_FILE, PLACEHOLDER]
    return {"anyOf": [*names_of(blocks), *further], "description": "the block"}


def _configuration(trackers: Mapping[str, object]) -> Schema:
    sections = {name: _section(section) for name, section in SECTIONS.items()}
    sections["General"] = with_trackers(sections["General"], trackers)
    return {"type": "object", "properties": sections}


def _section(section: Section) -> Schema:
    schema = parameters_schema(section.options)
    if section.shared:
        schema["additionalProperties"] = True
    if not section.stages:
        return schema
    schema = with_schedules(schema)
    # A stage's label, `- stage_1:`, is a key without a value.
    schema["additionalProperties"] = {"type": "null"}
    return {"type": "array", "items": schema, "description": section.description}


def parameters_schema(kind: type[BaseModel]) -> Schema:
    """Return the schema of a model's parameters, each of which may be a placeholder, and none of which is required.

    What a node leaves out may come from `defaults`, so that only the check of the whole graph can miss a parameter.
    """
    schema = kind.model_json_schema(by_alias=True)
    relaxed: Schema = _relaxed(schema, schema.get("$defs", {}))
    return relaxed


def _relaxed(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a schema with its references resolved, in which every property may be a placeholder."""
    if isinstance(schema, list):
        return [_relaxed(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return use_of(name) or _relaxed(definitions[name], definitions)
    kept = {key: value for key, value in schema.items() if key not in ("$defs", "required", "title", "properties")}
    relaxed = {key: _relaxed(value, definitions) if key != "default" else value for key, value in kept.items()}
    if "properties" in schema:
        relaxed["properties"] = {name: _open(item, definitions) for name, item in schema["properties"].items()}
    if relaxed.get("type") == "array" and isinstance(relaxed.get("items"), dict):
        relaxed["items"] = {"anyOf": [relaxed["items"], PLACEHOLDER]}
    return relaxed


def _open(schema: Schema, definitions: Mapping[str, Any]) -> Schema:
    value = _relaxed(schema, definitions)
    notes = {key: value.pop(key) for key in ("description", "default") if key in value}
    marks = {key: value.pop(key) for key in ("schedulable", "path", "remark") if key in value}
    if marks.get("schedulable"):
        notes["description"] = f"{notes.get('description', '')} (schedulable)".strip()
    return {**notes, "anyOf": [value, PLACEHOLDER]}
