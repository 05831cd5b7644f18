"""The optimisers that Keras has, and their parameters, by its source."""

from __future__ import annotations

import ast
from functools import cache
from typing import Annotated

from pydantic import AfterValidator

from registry.contract.keras_modules import Defined, files_of, find, method, parse
from registry.contract.remembered import remembered
from registry.contract.spelling import did_you_mean

MODULE = "keras.src.optimizers"

NONE = ("lossscaleoptimizer", "multioptimizer", "optimizermap", "optimizer", "schedulefreeadamw")
"""What the module lists beside the rules for a step; `ScheduleFreeAdamW` keeps other weights than it evaluates."""

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
    return remembered("optimizers of Keras", files_of(MODULE), _found)


def _found() -> dict[str, str]:
    tree = parse(MODULE)
    sets = [node.value for node in tree.body if isinstance(node, ast.Assign)] if tree else []
    names = [item.id for node in sets if isinstance(node, ast.Set) for item in node.elts if isinstance(item, ast.Name)]
    return {name.lower(): name for name in names if name.lower() not in NONE}


def parameters(name: str) -> list[str]:
    """Return the parameters of an optimiser's constructor; none if Keras does not say."""
    kind = find(MODULE, optimizers().get(name, ""))
    made = method(kind, "__init__") if isinstance(kind, Defined) else None
    return [item.arg for item in made[0].args.args if item.arg != "self"] if made else []


def _known(name: str) -> str:
    known = optimizers()
    if known and name not in known:
        near = did_you_mean(name, known) or f"known: {', '.join(sorted(known))}"
        raise ValueError(f"the name of an optimizer of Keras ({near})")
    return name


Optimizer = Annotated[str, AfterValidator(_known)]
"""Type of a parameter that names an optimiser of Keras."""
