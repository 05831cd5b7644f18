"""Parameters of object condensation: the keys of `LossOptions` that users of the HGCalML trainer know, and new ones."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from registry.contract.block import BlockParams, param

OBJECTS_NEAR = 4.0
"""Objects whose hits the repulsion is divided by, where nothing else is said."""

Implementation = Literal[
    "",
    "std",
    "standard",
    "hinge",
    "hinge_full_grad",
    "hinge_manhatten",
    "pushpull",
    "precond",
    "hinge_damped",
    "hinge_deadzone",
    "hinge_qmin",
]


class CoreParams(BlockParams):
    """What every object-condensation block has: the charges, points and potentials."""

    implementation: Implementation = param("", "form of the potentials; empty, `std` and `standard` are the same")
    q_min: float = param(0.1, "smallest charge of a hit; near 1 and above beta tends to 0", ge=0, schedulable=True)
    s_b: float = param(1.0, "weight of the mean beta of noise", ge=0, schedulable=True)
    spect_supp: float = param(1.0, "weight of the mean beta of spectators", ge=0, schedulable=True)
    use_average_cc_pos: float = param(
        0.0, "share of the charge-weighted mean in the condensation point's position", ge=0, le=1, schedulable=True
    )
    spectator_threshold: float = param(5.0, "hits further from the shower's axis are spectators [std. dev.]", ge=0)
    spectator_minimum: float = param(0.1, "share of its charge that a spectator keeps", ge=0, le=1)
    squared_distance_scale: bool = param(
        True, "divide |x - x_k|² by d_k², as clustering does (fault Q-11 mended); false divides by d_k, as recorded"
    )
    normalise_by_object_weight: bool = param(
        True, "divide by the sum of the object weights (fault Q-12 mended); false divides by the number of objects"
    )
    noise_charge: float | None = param(None, "constant charge of noise (HGCalML 2024: 1); null: as other hits", ge=0)
    beta_weighted_centre: bool = param(
        False, "weight the mean position, and a mean distance scale, with beta instead of the charge (HGCalML 2024)"
    )
    repulsion_hits: Annotated[float, Field(gt=0)] | Literal["objects"] | None = param(
        "objects",
        "divide the repulsion by this number (HGCalML 2024: 100); `objects`: by four times the mean hits of the "
        "event's objects, however many these are; null: by the hits outside the object, which fades in large events",
    )
    global_attraction: bool = param(
        False, "divide the attraction by the event's hits per object, not by the object's hits (HGCalML 2024)"
    )
    scale: float = param(1.0, "factor of the whole loss", ge=0, schedulable=True)


class ObjectCondensationParams(CoreParams):
    """Weights of the terms, what condensation points carry, and the core's parameters."""

    payload: Literal["extended", "full", "uncertainty", "root", "gaussian"] = param(
        "extended",
        "how energy and class are learned: as HGCalML's condensation loss of this name does (of 2025: root is its "
        "Extended5, gaussian its Extended6)",
    )
    legacy_energy_loss: bool = param(False, "`root`, `gaussian`: cut losses off at 10 and draw low to 0, as in 2025")
    potential_scaling: float = param(1.0, "weight of attraction and repulsion", ge=0, schedulable=True)
    repulsion_scaling: float = param(1.0, "further weight of repulsion", ge=0, schedulable=True)
    beta_loss_scale: float = param(1.0, "weight of the beta penalty", ge=0, schedulable=True)
    noise_scaler: float = param(1.0, "weight of the noise penalty", ge=0, schedulable=True)
    energy_loss_weight: float = param(1.0, "weight of energy and energy uncertainty", ge=0, schedulable=True)
    position_loss_weight: float = param(1.0, "weight of the position", ge=0, schedulable=True)
    timing_loss_weight: float = param(1.0, "weight of the time", ge=0, schedulable=True)
    classification_loss_weight: float = param(1.0, "weight of the class", ge=0, schedulable=True)
    too_much_beta_scale: float = param(
        0.0, "weight of ln((1 - sum of beta)² + 1) per object (HGCalML multiplied it with 0)", ge=0, schedulable=True
    )
    beta_push: float = param(0.0, "hits of objects are pushed up to this beta; 0: none", ge=0, le=1, schedulable=True)
    cc_damping_strength: float = param(
        0.0, "factor of (0.02 mean cluster coordinate)⁴, which keeps clusters near 0", ge=0, schedulable=True
    )
    use_energy_weights: bool = param(True, "weight objects with clip((E - 0.5 GeV)/9.5 GeV, 0, 1), else equally")
    squared_energy_weight: bool = param(False, "make those weights (E/33 GeV)² (HGCalML 2025)")
    alt_energy_weight: bool = param(False, "multiply those weights with E/50 GeV + 0.01")
    train_energy_correction: bool = param(True, "`full`: energy_factor corrects the energy; false: it is the energy")
    huber_energy_scale: float = param(-1.0, "`full`: where the energy loss turns linear; <= 0: logarithm or square")
    energy_den_offset: float = param(1.0, "`full` without correction: offset of the denominator [sqrt(GeV)]", ge=0)
    alt_energy_loss: bool = param(False, "`full` without correction: logarithm of the squared deviation")
    payload_beta_clip: float = param(0.0, "hits of smaller beta carry no payload", ge=0, le=1, schedulable=True)
    class_truth: Literal["auto", "one_hot", "pdg"] = param(
        "auto", "take the class from truth_pid (one_hot), from truth_pdg (pdg), or from the one that is wired"
    )
