"""The optimisers that Keras has, and their parameters, by its source."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from registry.contract.keras_modules import Defined, files_of, find, method, parse
from registry.contract.remembered import remembered
from registry.contract.spelling import did_you_mean

MODULE = "keras.src.optimizers"

EXPORTED = "keras.optimizers."

NONE = ("LossScaleOptimizer", "MultiOptimizer", "OptimizerMap", "Optimizer")
"""What Keras has beside the rules for a step."""

ENGINE = {
    "learning_rate": "`learning_rate` of the stage",
    "gradient_accumulation_steps": "`accumulate` of the stage",
    "use_ema": "`average_weights` of the stage",
    "ema_momentum": "`average_weights` of the stage",
    "ema_overwrite_frequency": "`average_weights` of the stage",
    "loss_scale_factor": "no scaling: bfloat16 needs none",
    "name": "no name",
}
"""Parameters of every optimiser that are for the engine, and what it has instead."""


@cache
def optimizers() -> dict[str, str]:
    """Return the class of every optimiser by its name in small letters; empty if Keras is laid out in another way."""
    return {kind.lower(): kind for kind in _modules()}


@cache
def _modules() -> dict[str, str]:
    return remembered("optimizers of Keras", files_of(MODULE), _found)


def _found() -> dict[str, str]:
    """Return the module of every class that Keras exports: its own list of optimisers leaves `Lamb` out."""
    names = [Path(file).stem for file in files_of(MODULE) if Path(file).parent.name == "optimizers"]
    trees = {f"{MODULE}.{name}": parse(f"{MODULE}.{name}") for name in names if name != "__init__"}
    return {
        node.name: module
        for module, tree in trees.items()
        for node in (tree.body if tree else ())
        if isinstance(node, ast.ClassDef) and node.name not in NONE and _is_exported(node)
    }


def _is_exported(kind: ast.ClassDef) -> bool:
    marks = [item for decorator in kind.decorator_list for item in ast.walk(decorator)]
    return any(isinstance(item, ast.Constant) and item.value == f"{EXPORTED}{kind.name}" for item in marks)


def source_of(name: str) -> Defined | None:
    """Return the class of an optimiser by its name in small letters; None if its source cannot be found."""
    own = optimizers().get(name, "")
    kind = find(_modules().get(own, MODULE), own)
    return kind if isinstance(kind, Defined) else None


def parameters(name: str) -> list[str]:
    """Return the parameters of an optimiser's constructor; none if Keras does not say."""
    kind = source_of(name)
    made = method(kind, "__init__") if kind else None
    return [item.arg for item in made[0].args.args if item.arg != "self"] if made else []


def _known(name: str) -> str:
    known = optimizers()
    if known and name not in known:
        near = did_you_mean(name, known) or f"known: {', '.join(sorted(known))}"
        raise ValueError(f"the name of an optimizer of Keras ({near})")
    return name


Optimizer = Annotated[str, AfterValidator(_known)]
"""Type of a parameter that names an optimiser of Keras."""
