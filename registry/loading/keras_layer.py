"""A layer of keras.layers by its source: what its constructor refuses, the shape it returns, the tensors it takes."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from functools import cache
from typing import Any

from registry.contract.keras_modules import Defined, find, method
from registry.contract.records import record
from registry.loading.keras_given import LAYER, code, followed
from registry.loading.keras_objects import Made
from registry.loading.keras_operations import UNKNOWN, Refused, holds_unknown
from registry.loading.keras_source import layers

_FLAGS = ("training", "mask", "return_attention_scores", "use_causal_mask", "reverse", "initial_state")
"""Arguments of `call` that are no tensors of the graph."""

Shape = tuple[int | None, ...]
"""Lengths of axes; None where only data tell."""


@record
class Refusal:
    """What the constructor would refuse: the argument, Keras's words, and what to write instead."""

    argument: str
    message: str
    hint: str = ""


@record
class KerasLayer:
    """A layer of keras.layers."""

    kind: Defined

    def refusals(self, arguments: Mapping[str, Any]) -> list[Refusal]:
        """Return what the constructor refuses, argument by argument, and then what it refuses together."""
        unknown = dict.fromkeys(arguments, UNKNOWN)
        alone = {name: self._refused({**unknown, name: value}) for name, value in arguments.items()}
        found = [Refusal(name, item.message, item.hint) for name, item in alone.items() if item]
        left = {name: UNKNOWN if alone[name] else value for name, value in arguments.items()}
        together = self._refused(left)
        if together:
            culprit = next((name for name in left if self._refused({**left, name: UNKNOWN}) is None), "")
            found.append(Refusal(culprit, together.message, together.hint))
        return found

    def _refused(self, arguments: Mapping[str, Any]) -> Refused | None:
        try:
            followed(lambda: code().make(self.kind, arguments))
        except Refused as refused:
            return refused
        return None

    def output_shape(self, arguments: Mapping[str, Any], inputs: Mapping[str, Any]) -> Shape | None:
        """Return the shape of the output, or None if the source does not tell.

        `inputs`: the shape of every input in use, or a list of shapes, by the name of the argument of `call`. Raises
        Refused if the layer cannot take tensors of these shapes.
        """
        made = self._made(arguments)
        if made is None:
            return None
        for shape in inputs.values():
            _check_rank(made.attributes.get("input_spec"), shape)
        self._build(made, inputs)
        found = self._ask(made, "compute_output_shape", inputs)
        if not isinstance(found, tuple | list) or holds_unknown(found):
            return None
        return tuple(found) if all(size is None or type(size) is int for size in found) else None

    def _made(self, arguments: Mapping[str, Any]) -> Made | None:
        """Return the layer as its constructor makes it, None if that cannot be followed; raises Refused."""
        made = followed(lambda: code().make(self.kind, arguments))
        return made if isinstance(made, Made) else None

    def culprit(self, arguments: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
        """Return the argument without which the layer takes tensors of these shapes; nothing if there is none."""
        # Where the default fills the weight, the initializer is at fault, whatever else would leave the weight out.
        for name in sorted(arguments, key=lambda name: not name.endswith("initializer")):
            left = {other: value for other, value in arguments.items() if other != name}
            try:
                if self._made(left) is not None:
                    self.output_shape(left, inputs)
                    return name
            except Refused:
                continue
        return ""

    def _build(self, made: Made, inputs: Mapping[str, Any]) -> None:
        """Follow `build`, which refuses shapes that do not fit the arguments."""
        attributes = dict(made.attributes)
        self._ask(made, "build", inputs)
        made.attributes = attributes

    @staticmethod
    def _ask(made: Made, name: str, inputs: Mapping[str, Any]) -> Any:
        return followed(lambda: code().ask(made, name, *inputs.values()))

    @property
    def inputs(self) -> tuple[tuple[str, bool], ...]:
        """The tensors that `call` takes, with whether each is required; a single one if its source does not say."""
        found = method(self.kind, "call")
        if found is None or found[1].module == LAYER:
            return (("x", True),)
        spec = found[0].args
        names = [item.arg for item in spec.args[1:]]
        required = len(names) - len(spec.defaults)
        taken = [(name, place < required) for place, name in enumerate(names) if name not in _FLAGS]
        return tuple(taken) if sum(needed for _, needed in taken) > 1 else (("x", True),)


@cache
def keras_layer(name: str) -> KerasLayer | None:
    """Return a layer of keras.layers by its name; None if its source cannot be found."""
    module, original = layers().get(name, ("", ""))
    found = find(module, original) if module else None
    return KerasLayer(found) if isinstance(found, Defined) and isinstance(found.node, ast.ClassDef) else None


def _check_rank(spec: Any, shape: Any) -> None:
    """Raise Refused if a tensor has another number of axes than the layer's `input_spec` asks for."""
    if not isinstance(spec, Made) or not isinstance(shape, tuple):
        return
    rank = len(shape)
    for name, fits, words in (
        ("ndim", operator.eq, ""),
        ("min_ndim", operator.ge, " or more"),
        ("max_ndim", operator.le, " at the most"),
    ):
        wanted = spec.attributes.get(name)
        if type(wanted) is int and not fits(rank, wanted):
            hint = "`keras.Reshape` gives a tensor further axes" if wanted > rank else ""
            raise Refused("ValueError", f"expected a tensor of {wanted}{words} axes, received {rank}", hint)
