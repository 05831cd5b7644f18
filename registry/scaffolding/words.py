"""What is put into a template: names, ports, and the code that depends on ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from registry.scaffolding.layer_code import layer_code, weights_rule
from registry.scaffolding.port_texts import PortText, parameters_of

LENGTHS = {"hits": 6, "events": 2}
"""Lengths of axes in the samples of tests; 3 of every other."""

PARAMETER = 16
"""The default of a parameter that is the length of an axis."""

INDENT = "    "


def class_name(name: str) -> str:
    """Return the name of a class for a plugin: "edge_gain" gives "EdgeGain"."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def words_of(name: str, module: str, inputs: Sequence[PortText], outputs: Sequence[PortText]) -> dict[str, str]:
    """Return the words of every template.

    `module`: what the plugin is imported by, "gain", or "gain.plugin" in a package; its layer is `module` + "_layer"
    or the module "layer" beside it.
    """
    kind, ports = class_name(name), [*inputs, *outputs]
    floats = [port for port in inputs if port.is_float and len(port.axes) == 2]
    names = [port.name for port in floats]
    package, _, inner = module.rpartition(".")
    layer_module = f"{package}.layer" if package else f"{name}_layer"
    return {
        "name": name,
        "Class": kind,
        "Source": f"{kind}Source",
        "Looking": f"Opened{kind}",
        "Fitting": f"{kind}Fitting",
        "Store": f"{kind}Store",
        "module": module,
        "import_module": f"from {package} import {inner}" if package else f"import {module}",
        "module_name": inner or module,
        "layer_module": layer_module,
        "layer_file": f"{layer_module.rpartition('.')[2]}.py",
        "inputs": _tuple([port.code for port in inputs]),
        "outputs": _tuple([port.code for port in outputs]),
        "parameters": "\n".join(map(_parameter, parameters_of(ports))),
        "param_import": ", param" if parameters_of(ports) else "",
        "shapes": ",\n".join(f"{port.name} [{', '.join(port.axes)}]" for port in ports),
        "input_items": _lines(f'"{port.name}": {port.code}' for port in inputs),
        "output_items": _lines(f'"{port.name}": {port.code}' for port in outputs),
        "function_arguments": ", ".join(
            [*(f"{port.name}: Any" for port in inputs), *map(_argument, parameters_of(ports))]
        ),
        "field_import": "from pydantic import Field" if parameters_of(ports) else "",
        "annotated_import": "Annotated, " if parameters_of(ports) else "",
        "arguments": ", ".join(f"{port.name}: Any" for port in inputs),
        "shape_arguments": ", ".join(f"{port.name}_shape: Shape" for port in inputs),
        "floats": " and ".join(names),
        "float_names": ", ".join(names),
        "float_texts": ", ".join(f'"{item}"' for item in names),
        "first_float": f'"{names[0]}"' if names else "",
        "first_output": next((port.name for port in outputs if port.name != "row_splits"), ""),
        "random_columns": _lines(_random_column(port) for port in outputs if port.name != "row_splits"),
        "sample_inputs": _lines(f'"{port.name}": {_sample(port)}' for port in inputs),
        "sample_call": _lines(f"{port.name}={_sample(port)}" for port in inputs),
        "sample_check": _sample_check(outputs),
        "use_inputs": _references(inputs),
        "use_clusterer": ", ".join(f"{item}: ccoords" for item in names),
    }


def layer_words(inputs: Sequence[PortText], outputs: Sequence[PortText]) -> dict[str, str]:
    """Return the words of a layer; raises InputError for outputs that no simple layer computes."""
    code = layer_code(inputs, outputs)
    own = list(code.function_values.values())
    imported = [name for name in ("layers", "ops") if any(f"{name}." in value for value in own)]
    return {
        "function_formulas": "\n".join(f"Formula: `{formula}`." for formula in code.function_formulas),
        "function_imports": ", ".join(imported),
        "function_weights": weights_rule(code),
        "function_result": _result(code.function_values),
        "formulas": "\n".join(f"Formula: `{formula}`." for formula in code.formulas),
        "layer_weights": _weights(code.weights),
        "layer_build": "\n".join(code.build) or "self.built = True",
        "ops_import": "from keras import ops" if any("ops." in value for value in code.values.values()) else "",
        "layer_result": _result(code.values),
    }


def _result(values: Mapping[str, str]) -> str:
    """Return what a layer returns: a tensor, or a dict of them by output."""
    if len(values) == 1:
        return next(iter(values.values()))
    return "{\n" + "".join(f'{INDENT}"{name}": {value},\n' for name, value in values.items()) + "}"


def _lines(items: Iterable[str]) -> str:
    return "\n".join(f"{item}," for item in items)


def _tuple(items: Sequence[str]) -> str:
    """Return a tuple as Python, on one line if it has one item."""
    if len(items) == 1:
        return f"({items[0]},)"
    return "(\n" + "".join(f"{INDENT}{item},\n" for item in items) + ")"


def _weights(counts: Sequence[str]) -> str:
    """Return the sum of numbers of weights as Python."""
    if len(counts) < 2:
        return f"Weights({''.join(counts)})"
    return "Weights(\n" + f"\n{INDENT}+ ".join([f"{INDENT}{counts[0]}", *counts[1:]]) + "\n)"


def _parameter(name: str) -> str:
    return f'{name}: int = param({PARAMETER}, "length of the axis {name}", gt=0)'


def _argument(name: str) -> str:
    return f'{name}: Annotated[int, Field(gt=0), "length of the axis {name}"] = {PARAMETER}'


def _random_column(port: PortText) -> str:
    token = port.parsed.tokens[-1]
    width = f"self.params.{token.param}" if token.param else str(token.number)
    drawn = (
        f"random.integers(0, 5, size=(hits, {width}))" if not port.is_float else f"random.normal(size=(hits, {width}))"
    )
    return f'"{port.name}": {drawn}.astype(np.{port.dtype})'


def _lengths(port: PortText) -> list[int]:
    return [
        token.number or (PARAMETER if token.param else LENGTHS.get(token.name, 3) + token.offset)
        for token in port.parsed.tokens
    ]


def _sample(port: PortText) -> str:
    """Return an array for a port as Python: ones, two events of three hits, zeros for indices."""
    lengths = _lengths(port)
    if port.name == "row_splits" or (port.parsed.target and port.parsed.tokens[0].offset):
        total = LENGTHS.get(port.parsed.target or "", 3)
        return f"np.array([0, 2, {total}], np.int32)"
    shape = f"({', '.join(map(str, lengths))}{',' if len(lengths) == 1 else ''})"
    return f"np.{'ones' if port.is_float else 'zeros'}({shape}, np.{port.dtype})"


def _sample_check(outputs: Sequence[PortText]) -> str:
    """Return what holds of the shapes of a layer's results."""
    shapes = {port.name: tuple(_lengths(port)) for port in outputs}
    if len(shapes) == 1:
        return f"result.shape == {next(iter(shapes.values()))}"
    lines = "".join(f'{INDENT}"{name}": {shape},\n' for name, shape in shapes.items())
    return "{name: tuple(value.shape) for name, value in result.items()} == {\n" + lines + "}"


def _references(inputs: Sequence[PortText]) -> str:
    """Return how a graph names the inputs."""
    if len(inputs) == 1:
        return "pre.features"
    return "{" + ", ".join(f"{port.name}: pre.{port.name}" for port in inputs) + "}"
