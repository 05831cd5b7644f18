"""What the author of a function says it costs: numbers, or rules of the widths of its inputs and its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from registry.contract.axes import ANY_SHAPE, Axis, TensorType, Token, parse_pattern
from registry.contract.block import Block, BlockParams, InputTypes, Weights
from registry.contract.errors import Problem
from registry.contract.failures import PluginFault, function_place, wrong_result
from registry.contract.function_signature import NotABlock
from registry.contract.ports import Port
from registry.contract.spelling import did_you_mean

Rule = int | Callable[..., Any]
"""A number, or a function of widths and parameters by their names: `lambda features, units: features * units`."""


def require_rules(
    name: str, rules: Mapping[str, Rule], inputs: Sequence[Port], params: type[BlockParams]
) -> Mapping[str, Rule]:
    """Return the rules; raises NotABlock for one that is neither, or takes what is no axis and no parameter."""
    known = [token.name for port in inputs for token in _tokens(port) if token.name] + list(params.model_fields)
    for rule, given in rules.items():
        if type(given) is int and given >= 0:
            continue
        if not callable(given):
            hint = "expected a number, 0 or more, or a rule such as `lambda features, units: features * units`"
            raise NotABlock(f"block {name!r}: `{rule}` is {given!r}; {hint}")
        for argument in inspect.signature(given).parameters:
            if argument not in known:
                near = did_you_mean(argument, known) or f"axes and parameters: {', '.join(dict.fromkeys(known))}"
                message = f"block {name!r}: the rule `{rule}` takes {argument!r}, which is no axis of an input"
                raise NotABlock(f"{message} and no parameter; {near}")
    return rules


def counted(block: Block, rule: str, given: Rule, inputs: InputTypes) -> int | Weights:
    """Return what a rule says for inputs of these types; raises PluginFault for what is no number."""
    found = given(**_arguments(block, rule, given, inputs)) if callable(given) else given
    if (type(found) is int and found >= 0) or (rule == "weights" and isinstance(found, Weights)):
        return found
    expected = "a whole number, 0 or more" + (", or registry.Weights(trainable, frozen)" if rule == "weights" else "")
    raise wrong_result(f"block {block.name!r}", given, f"the rule `{rule}`", found, expected)


def _arguments(block: Block, rule: str, given: Callable[..., Any], inputs: InputTypes) -> dict[str, Any]:
    """Return what a rule takes: parameters, and widths of inputs, 0 for those of an input that is open."""
    known: dict[str, Any] = {}
    for port in block.inputs:
        type_ = inputs.get(port.name)
        for place, token in enumerate(_tokens(port)):
            known[token.name] = known.get(token.name) or (type_.axes[place] if isinstance(type_, TensorType) else 0)
    known |= {name: getattr(block.params, name) for name in type(block.params).model_fields}
    taken = {argument: known[argument] for argument in inspect.signature(given).parameters}
    for argument, value in taken.items():
        if isinstance(value, Axis):
            message = f"block {block.name!r}: the rule `{rule}` takes {argument!r}, an axis as long as the data"
            hint = "expected axes that have a width, such as features: a rule counts for one hit"
            raise PluginFault(Problem(message, function_place(given), hint=hint))
    return taken


def _tokens(port: Port) -> Sequence[Token]:
    """Return the axes of a port that takes one tensor of a stated shape."""
    stated = not port.many and not port.rest and port.pattern not in ("", ANY_SHAPE)
    return parse_pattern(port.pattern).tokens if stated else ()
