"""Which inputs of object condensation the weights ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

Groups = tuple[tuple[str, ...], ...]
"""Groups of inputs; of each group one is enough, the first is preferred."""


def required_inputs(options: Any) -> list[tuple[str, ...]]:
    """Return the inputs that the terms which are switched on are computed from, in groups of which one is enough."""
    return [group for _, value, groups in _terms(options) if value for group in groups]


def missing_inputs(options: Any, node: Collection[str]) -> Iterator[str]:
    """Yield a sentence for every term that is switched on without the inputs it is computed from."""
    for parameter, value, groups in _terms(options):
        missing = [" or ".join(group) for group in groups if not set(group) & set(node)]
        if value and missing:
            off = "false" if value is True else "0"
            yield f"{parameter} is {value}, but nothing is wired to {', '.join(missing)}; wire it, or set it to {off}"


PREDICTED: Mapping[str, tuple[str, ...]] = {
    "energy_loss_weight": ("energy_factor", "energy_low_quantile", "energy_high_quantile"),
    "position_loss_weight": ("position",),
    "timing_loss_weight": ("time", "time_uncertainty"),
    "classification_loss_weight": ("classes",),
}
"""What a network predicts for each term, by the weight of the term."""


def idle_inputs(options: Any) -> Iterator[str]:
    """Yield what is predicted for terms that weigh 0."""
    for weight, names in PREDICTED.items():
        if not getattr(options, weight):
            yield from names


def _terms(options: Any) -> list[tuple[str, Any, Groups]]:
    """Return every parameter that switches a term on, with its value and the inputs of the term."""

    def term(name: str, *others: tuple[str, ...]) -> tuple[str, Any, Groups]:
        return name, getattr(options, name), (*((predicted,) for predicted in PREDICTED.get(name, ())), *others)

    return [
        term("use_energy_weights", ("truth_energy",)),
        ("energy_loss_weight", options.energy_loss_weight, energy_inputs(options)),
        term("position_loss_weight", ("truth_position",)),
        term("timing_loss_weight", ("truth_time",)),
        term("classification_loss_weight", class_truths(options)),
    ]


def energy_inputs(options: Any) -> Groups:
    """Return the inputs of the energy loss."""
    factor, *quantiles = PREDICTED["energy_loss_weight"]
    prediction: Groups = ((factor,), ("truth_energy",))
    if options.payload == "full" and not options.train_energy_correction:
        return prediction
    return (*prediction, *((quantile,) for quantile in quantiles), ("truth_rec_energy", "energy"))


def class_truths(options: Any) -> tuple[str, ...]:
    """Return the inputs that may give the true class, in the order of preference."""
    return {"one_hot": ("truth_pid",), "pdg": ("truth_pdg",)}.get(options.class_truth, ("truth_pid", "truth_pdg"))
