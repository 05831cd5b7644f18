"""Infers the types of a node's outputs: matches its inputs with the patterns of its ports, and asks its block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Port
from registry.contract.errors import Origin
from registry.contract.records import record
from registry.wiring.asking import Asked
from registry.wiring.checked_graph import CheckedNode, PortSource, Ref


class WrongInput(Exception):
    """An input does not have the shape or the dtype its port asks for; `place`: where it was written."""

    def __init__(self, message: str, place: Origin) -> None:
        super().__init__(message)
        self.place = place


@record
class Shapes:
    """What is known of the tensors that nodes take: the `nodes` checked before, `places` where each was written."""

    nodes: Mapping[str, CheckedNode]
    places: Mapping[Ref, Origin]

    def match(self, checked_node: CheckedNode) -> tuple[Bindings, list[WrongInput]]:
        """Set the `input_types` of a node, as far as they are known, and match them with the patterns of its ports.

        Return what the axes stand for, and every input that does not fit.
        """
        block, node = checked_node.block, checked_node.written
        params = {name: getattr(block.params, name) for name in type(block.params).model_fields}
        bindings, faults = Bindings(params), list[WrongInput]()
        for port in block.inputs:
            source = self._known(checked_node.inputs.get(port.name))
            if source is None:
                continue
            # Behind an input that does not fit the names of axes are in doubt: others are compared with numbers only.
            matched = Bindings(params) if faults else bindings
            try:
                checked_node.input_types[port.name] = self._match(port, source, matched, node.origin)
            except WrongInput as fault:
                faults.append(fault)
        return bindings, faults

    def _known(self, source: PortSource | None) -> PortSource | None:
        """Return what an input takes without the tensors of nodes in which something is wrong; None if none is left."""
        if isinstance(source, list):
            return [ref for ref in source if ref.node in self.nodes] or None
        if isinstance(source, dict):
            return {name: ref for name, ref in source.items() if ref.node in self.nodes}
        return source if source is not None and source.node in self.nodes else None

    def infer(self, checked_node: CheckedNode, asked: Asked, bindings: Bindings) -> dict[str, TensorType]:
        """Return the types of a node's outputs; raise WrongInput if its inputs do not fit together."""
        node = checked_node.written
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
