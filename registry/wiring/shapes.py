"""Infers the types of a node's outputs: matches its inputs with the patterns of its ports, and asks its block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Port
from registry.contract.errors import Origin
from registry.wiring.asking import Asked
from registry.wiring.checked_graph import CheckedNode, PortSource, Ref


class WrongInput(Exception):
    """An input does not have the shape or the dtype its port asks for; `place`: where it was written."""

    def __init__(self, message: str, place: Origin) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True)
class Shapes:
    """What is known of the tensors that nodes take: the `nodes` checked before, `places` where each was written."""

    nodes: Mapping[str, CheckedNode]
    places: Mapping[Ref, Origin]

    def infer(self, checked_node: CheckedNode, asked: Asked) -> dict[str, TensorType]:
        """Return the types of a node's outputs, and set its `input_types`; raise WrongInput if they do not fit."""
        block, node = checked_node.block, checked_node.written
        bindings = Bindings({name: getattr(block.params, name) for name in type(block.params).model_fields})
        for port in block.inputs:
            if port.name in checked_node.inputs:
                checked_node.input_types[port.name] = self._match(
                    port, checked_node.inputs[port.name], bindings, node.origin
                )
        try:
            return asked.output_types(checked_node.input_types, bindings, node.path)
        except AxisMismatch as error:
            place = node.inputs.port_origins.get("", node.origin)
            if error.parameter:
                place = node.params.nearest([error.parameter]).origin
            raise WrongInput(str(error), place) from None

    def _match(self, port: Port, source: PortSource, bindings: Bindings, default: Origin) -> Any:
        if isinstance(source, dict):
            return {name: self._type_of(ref) for name, ref in source.items()}
        if isinstance(source, list):
            return [self._match_one(port, ref, bindings, default) for ref in source]
        return self._match_one(port, source, bindings, default)

    def _match_one(self, port: Port, ref: Ref, bindings: Bindings, default: Origin) -> TensorType:
        type_, place = self._type_of(ref), self.places.get(ref, default)
        if port.dtype not in ("any", type_.dtype):
            message = f"input {port.name!r}: expected dtype {port.dtype}, received {type_} from {str(ref)!r}"
            raise WrongInput(message, place)
        try:
            bindings.match(port.pattern, type_, str(ref))
        except AxisMismatch as error:
            raise WrongInput(f"input {port.name!r}: {error}", place) from None
        return type_

    def _type_of(self, ref: Ref) -> TensorType:
        return self.nodes[ref.node].types[ref.port]
