"""What a block declares, what its schema says and what its layer takes are the same."""

from __future__ import annotations

import inspect

from registry.contract.block import Block, load_layer
from registry.contract.function_registry import FunctionBlock
from registry.loading.declarations import faults
from registry.testing.broken import Broken
from registry.testing.law import BLOCKS, law
from registry.testing.subject import Subject


@law("signature", BLOCKS, "let parameters, ports and the arguments of the layer have the same names")
def check(subject: Subject) -> None:
    """Compare declaration, schema and signatures."""
    kind = subject.kind
    if wrong := faults(kind):
        raise Broken("a declaration without faults", wrong[0].message)
    fields = {field.alias or name_: field for name_, field in kind.Params.model_fields.items()}
    for name_, field in fields.items():
        if not field.description:
            raise Broken(f"a description of the parameter {name_!r}", "none")
    schema = kind.Params.model_json_schema()
    if set(schema.get("properties", {})) != set(fields):
        raise Broken(f"a schema with the parameters {sorted(fields)}", sorted(schema.get("properties", {})))
    required = {name_ for name_, field in fields.items() if field.is_required()}
    if set(schema.get("required", [])) != required:
        raise Broken(f"a schema that requires {sorted(required)}", schema.get("required", []))
    # The arguments of a function were compared when it was made a block.
    if kind.layer and not issubclass(kind, FunctionBlock):
        _compare_layer(subject)


def _compare_layer(subject: Subject) -> None:
    layer = load_layer(subject.kind)
    if type(subject.block).build is Block.build:
        _require_arguments(f"{layer.__name__}()", layer.__init__, list(subject.block.layer_config()))
    if not subject.kind.positional:
        ports = [port.name for port in subject.kind.inputs]
        _require_arguments(f"{layer.__name__}.call()", layer.call, ports)


def _require_arguments(what: str, function: object, names: list[str]) -> None:
    """Raise Broken unless a function takes arguments of these names."""
    parameters = inspect.signature(function).parameters  # type: ignore[arg-type]
    if any(entry.kind is inspect.Parameter.VAR_KEYWORD for entry in parameters.values()):
        return
    if missing := [name_ for name_ in names if name_ not in parameters]:
        raise Broken(f"{what} to take {missing[0]!r} by name", ", ".join(parameters))
