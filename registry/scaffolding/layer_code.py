"""The Keras code of a layer with given ports: a product with learned numbers, or a dense layer, for each output.

In a package it is a class with weights of its own; in one file a function, of which Keras's layers hold the weights.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from registry.contract.errors import InputError, Problem
from registry.scaffolding.port_texts import PortText

LIMITS = (
    "expected an output on the first axis of an input, such as hits, whose second axis is a number, a {parameter} or "
    "the second axis of an input: `y: hits {units}`; other layers begin with such a one, whose ports are then changed"
)


@dataclass
class LayerCode:
    """Pieces of a layer: statements of `build`, numbers of weights, the formula and the value of each output.

    `function_formulas`, `function_values`: those of the function; `dense`: how wide its dense layers are, by the
    numbers of weights behind each of their columns.
    """

    build: list[str] = field(default_factory=list)
    weights: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    function_formulas: list[str] = field(default_factory=list)
    function_values: dict[str, str] = field(default_factory=dict)
    dense: dict[str, list[str]] = field(default_factory=dict)


def layer_code(inputs: Sequence[PortText], outputs: Sequence[PortText]) -> LayerCode:
    """Return the pieces for all outputs; raises InputError for one that no simple layer computes."""
    if not inputs or not outputs:
        side = "--out" if inputs else "--in"
        raise InputError([Problem(f"a layer without {side}: it has inputs and outputs", hint=LIMITS)])
    code = LayerCode()
    for port in outputs:
        _add(code, port, inputs)
    return code


def _add(code: LayerCode, port: PortText, inputs: Sequence[PortText]) -> None:
    same = next((other for other in inputs if (other.pattern, other.dtype) == (port.pattern, port.dtype)), None)
    if same is not None and not port.is_float:
        code.values[port.name] = code.function_values[port.name] = same.name
        code.formulas.append(f"{port.name} = {same.name}")
        code.function_formulas.append(f"{port.name} = {same.name}")
    elif same is not None and len(port.axes) == 2 and port.parsed.tokens[-1].name:
        _scale(code, port, same)
    else:
        _dense(code, port, inputs)


def _scale(code: LayerCode, port: PortText, taken: PortText) -> None:
    weight = f"self.{port.name}_scale"
    code.build.append(
        f'{weight} = self.add_weight(shape=({taken.name}_shape[-1],), initializer="ones", name="{port.name}_scale")'
    )
    code.values[port.name] = f"{taken.name} * {weight}"
    code.weights.append(f'outputs["{port.name}"].features')
    code.formulas.append(f"{port.name}_f = s_f {taken.name}_f")
    code.function_values[port.name] = f'layers.Dense({taken.name}.shape[-1], name="{port.name}_dense")({taken.name})'
    code.function_formulas.append(f"{port.name} = W {taken.name} + b")
    width = axis_name(port)
    code.dense.setdefault(_sum([width, "1"]), []).append(width)


def _dense(code: LayerCode, port: PortText, inputs: Sequence[PortText]) -> None:
    first, *rest = port.axes
    joined = [other for other in inputs if other.is_float and len(other.axes) == 2 and other.axes[0] == first]
    if not joined or len(rest) > 1 or not port.is_float:
        raise InputError(
            [Problem(f"--out: no layer can be written for the output {port.name}: {port.pattern}", hint=LIMITS)]
        )
    units, count = _units(port, inputs)
    width = " + ".join(f"{other.name}_shape[-1]" for other in joined)
    code.build += [
        f'self.{port.name}_kernel = self.add_weight(shape=({width}, {units}), name="{port.name}_kernel")',
        f'self.{port.name}_bias = self.add_weight(shape=({units},), initializer="zeros", name="{port.name}_bias")',
    ]
    names = [other.name for other in joined]
    taken = names[0] if len(names) == 1 else f"ops.concatenate([{', '.join(names)}], axis=-1)"
    value = f"ops.matmul({taken}, self.{port.name}_kernel) + self.{port.name}_bias"
    code.values[port.name] = value if rest else f"ops.squeeze({value}, axis=-1)"
    width = units.replace("self.", "").replace("_shape[-1]", ".shape[-1]")
    dense = f'layers.Dense({width}, name="{port.name}_dense")({taken})'
    code.function_values[port.name] = dense if rest else f"ops.squeeze({dense}, axis=-1)"
    features = " + ".join(f'inputs["{name}"].features' for name in names)
    code.weights.append(f"({features} + 1) * {count}" if count != "1" else f"({features} + 1)")
    code.dense.setdefault(_sum([*map(axis_name, joined), "1"]), []).append(axis_name(port) if rest else "1")
    formula = f"{port.name} = W [{', '.join(names)}] + b" if len(names) > 1 else f"{port.name} = W {names[0]} + b"
    code.formulas.append(formula)
    code.function_formulas.append(formula)


def axis_name(port: PortText) -> str:
    """Return the length of the second axis of a port as a rule of widths has it: a number, or a name."""
    token = port.parsed.tokens[-1]
    return str(token.number) if token.number is not None else token.param or token.name


def weights_rule(code: LayerCode) -> str:
    """Return how many weights the function makes: a number, or a rule of widths and parameters."""
    text = " + ".join(f"{_group(each)} * {_group(_sum(columns))}" for each, columns in code.dense.items()) or "0"
    names = list(dict.fromkeys(re.findall(r"[A-Za-z_]\w*", text)))
    return f"lambda {', '.join(names)}: {text}" if names else text


def _group(text: str) -> str:
    return f"({text})" if " " in text else text


def _sum(terms: Sequence[str]) -> str:
    """Return a sum as Python, its numbers added."""
    number = sum(int(term) for term in terms if term.isdigit())
    names = [term for term in terms if not term.isdigit()]
    return " + ".join([*names, *([str(number)] if number or not names else [])])


def _units(port: PortText, inputs: Sequence[PortText]) -> tuple[str, str]:
    """Return the width of an output as `build` knows it, and as the declaration does."""
    if len(port.axes) == 1:
        return "1", "1"
    token = port.parsed.tokens[-1]
    count = f'outputs["{port.name}"].features'
    if token.number is not None:
        return str(token.number), count
    if token.param:
        return f"self.{token.param}", count
    giver = next((other for other in inputs if len(other.axes) == 2 and other.axes[-1] == str(token)), None)
    if giver is None or token.offset:
        message = f"--out: nothing says how long the axis {str(token)!r} of the output {port.name!r} is"
        hint = f"expected a number, {{{token.name}}} for a parameter of that name, or the second axis of an input"
        raise InputError([Problem(message, hint=hint)])
    return f"{giver.name}_shape[-1]", count
