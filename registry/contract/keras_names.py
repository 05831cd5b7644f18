"""The names that Keras has for activations, initializers, regularizers, constraints and dtypes, by its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from registry.contract.keras_modules import Defined, files_of, find, parse
from registry.contract.records import record
from registry.contract.remembered import remembered
from registry.contract.spelling import did_you_mean


@record
class Family:
    """Objects that Keras finds by name; `module` lists them, `name` is what one of them is called in messages."""

    name: str
    module: str

    @property
    def known(self) -> dict[str, Defined]:
        """Every name and the class or function behind it; empty if Keras is laid out in an unknown way."""
        return _objects(self.module)

    def fault(self, name: str) -> str:
        """Return what is wrong with a name, as what was expected; nothing for one that Keras knows."""
        known = _usable(self.module)
        if known.get(name, not known):
            return ""
        if name in known:
            return "an activation that takes a tensor alone, and returns one of its shape"
        short = sorted(item for item in known if item.islower())
        near = did_you_mean(name, short) or did_you_mean(name, known) or f"known: {', '.join(short)}"
        return f"the name of an {self.name} of Keras ({near})".replace(" an c", " a c").replace(" an r", " a r")


_HALVING = ("glu",)
"""Activations that return half of the features."""

ACTIVATIONS = Family("activation", "keras.src.activations")
INITIALIZERS = Family("initializer", "keras.src.initializers")
REGULARIZERS = Family("regularizer", "keras.src.regularizers")
CONSTRAINTS = Family("constraint", "keras.src.constraints")

FAMILIES = (ACTIVATIONS, INITIALIZERS, REGULARIZERS, CONSTRAINTS)

POLICIES = ("mixed_float16", "mixed_bfloat16")
"""Names of dtype policies that are no dtype."""


@cache
def dtypes() -> tuple[str, ...]:
    """Return the dtypes and policies that a layer's `dtype` may name."""
    found = find("keras.src.backend.common.dtypes", "ALLOWED_DTYPES")
    found = found or find("keras.src.backend.common.variables", "ALLOWED_DTYPES")
    nodes = ast.walk(found.node) if isinstance(found, Defined) else iter(())
    names = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return (*names, *POLICIES)


@cache
def _usable(module: str) -> dict[str, bool]:
    """Say of every name that the `ALL_OBJECTS` of a module of Keras has whether a parameter may be it."""
    return remembered(f"names of {module}", files_of(module), lambda: _found_usable(module))


def _found_usable(module: str) -> dict[str, bool]:
    return {name: _takes_a_tensor_alone(name, found) for name, found in _objects(module).items()}


def _takes_a_tensor_alone(name: str, found: Defined) -> bool:
    """Say whether something is no function that needs more than its tensor, or changes its width."""
    if not isinstance(found.node, ast.FunctionDef):
        return True
    spec = found.node.args
    return name not in _HALVING and len(spec.args) - len(spec.defaults) <= 1


@cache
def _objects(module: str) -> dict[str, Defined]:
    """Return what the `ALL_OBJECTS` of a module of Keras lists, and the further names of `ALL_OBJECTS_DICT`."""
    tree = parse(module)
    if tree is None:
        return {}
    listed = [name.id for node in tree.body for name in _listed(node)]
    snake = any(isinstance(node, ast.Name) and node.id == "to_snake_case" for node in ast.walk(tree))
    names = {name: name for name in listed} | ({_snake_case(name): name for name in listed} if snake else {})
    names |= {alias: name for node in tree.body for alias, name in _aliases(node)}
    found = {alias: find(module, name) for alias, name in names.items()}
    return {alias: item for alias, item in found.items() if isinstance(item, Defined) and item.name not in _ABSTRACT}


_ABSTRACT = ("Initializer", "Regularizer", "Constraint")
"""Base classes, which Keras lists among the others."""


def _listed(node: ast.stmt) -> list[ast.Name]:
    if isinstance(node, ast.Assign) and _is_called(node.targets[0], "ALL_OBJECTS") and isinstance(node.value, ast.Set):
        return [item for item in node.value.elts if isinstance(item, ast.Name)]
    return []


def _aliases(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield further names: `ALL_OBJECTS_DICT["swish"] = silu`, and `ALL_OBJECTS_DICT.update({"zero": Zeros})`."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        target = node.targets[0]
        if isinstance(target.slice, ast.Constant) and isinstance(node.value, ast.Name):
            yield str(target.slice.value), node.value.id
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        for table in node.value.args:
            pairs = zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ()
            for key, value in pairs:
                if isinstance(key, ast.Constant) and isinstance(value, ast.Name):
                    yield str(key.value), value.id


def _is_called(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _snake_case(name: str) -> str:
    """Return "glorot_uniform" for "GlorotUniform", as Keras makes it."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
