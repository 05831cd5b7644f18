"""Which inputs of object condensation the weights ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any


def missing_inputs(options: Any, node: Collection[str]) -> Iterator[str]:
    """Yield a sentence for every term that is switched on without the inputs it is computed from."""
    needed: list[tuple[str, Any, tuple[tuple[str, ...], ...]]] = [
        ("use_energy_weights", options.use_energy_weights, (("truth_energy",),)),
        ("energy_loss_weight", options.energy_loss_weight, energy_inputs(options)),
        ("position_loss_weight", options.position_loss_weight, (("position",), ("truth_position",))),
        ("timing_loss_weight", options.timing_loss_weight, (("time",), ("time_uncertainty",), ("truth_time",))),
        ("classification_loss_weight", options.classification_loss_weight, (("classes",), class_truths(options))),
    ]
    for parameter, value, groups in needed:
        missing = [" or ".join(group) for group in groups if not set(group) & set(node)]
        if value and missing:
            off = "false" if value is True else "0"
            yield f"{parameter} is {value}, but nothing is wired to {', '.join(missing)}; wire it, or set it to {off}"


def energy_inputs(options: Any) -> tuple[tuple[str, ...], ...]:
    """Return the inputs of the energy loss: groups of which one is enough."""
    prediction: tuple[tuple[str, ...], ...] = (("energy_factor",), ("truth_energy",))
    if options.payload == "full" and not options.train_energy_correction:
        return prediction
    quantiles = (("energy_low_quantile",), ("energy_high_quantile",))
    return (*prediction, *quantiles, ("truth_rec_energy", "energy"))


def class_truths(options: Any) -> tuple[str, ...]:
    """Return the inputs that may give the true class, in the order of preference."""
    return {"one_hot": ("truth_pid",), "pdg": ("truth_pdg",)}.get(options.class_truth, ("truth_pid", "truth_pdg"))
