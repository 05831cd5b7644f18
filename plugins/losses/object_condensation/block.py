"""Declares the object-condensation losses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import InputTypes, Port, param
from registry.contract.loss import Loss
from registry.plugins.losses.object_condensation.divisor import divisor_text
from registry.plugins.losses.object_condensation.parameters import CoreParams, ObjectCondensationParams
from registry.plugins.losses.object_condensation.perfect import carried, condensed, why_not
from registry.plugins.losses.object_condensation.requirements import idle_inputs, missing_inputs, required_inputs
from registry.plugins.shared.costs import PER_PAIR, potentials, with_shares
from registry.plugins.shared.ports import (
    ROW_SPLITS,
    SHARES_IN_LOSSES,
    TRUTH_ENERGY_IN_LOSSES,
    TRUTH_INDEX,
    WEIGHTS_IN_LOSSES,
)

COORDINATES = 3
"""x, y and z: so many of them may be predicted."""

LEAST_DISTANCE = 0.1**2
"""What the loss of the position is where it is right: the square of the root of 0.01."""

LEAST_VARIANCE = math.log(1e-3)
"""What the loss of the uncertainty is where that is 0, for `uncertainty`."""

OF_CHARGES = 20
"""Values that a hit's charge, its shares in means and its penalties leave for the backward pass."""

BETA = Port("beta", "hits 1", "condensation score, 0 to 1", bounds=(0, 1))
CCOORDS = Port("ccoords", "hits C", "cluster coordinates")
DISTANCE = Port(
    "distance", "hits 1", "distance scale d around the hit; 1 where not wired", optional=True, bounds=(0, None)
)
SPECTATORS = (
    Port(
        "truth_spectator",
        "hits 1",
        "distance from the shower's axis in standard deviations",
        optional=True,
        bounds=(0, None),
    ),
    Port("truth_spectator_weight", "hits 1", "0 to 1, in place of `truth_spectator`", optional=True, bounds=(0, 1)),
)


class ObjectCondensation(Loss):
    """Object condensation: hits of an object gather around its hit of largest beta, others are driven away.

    Per event, with charge `q_i = (atanh²(β_i/1.01) + q_min)(1 - s_i)` (s: spectator), `α_k` the hit of largest
    charge of object k, `x_k = a x̄_k + (1 - a) x_α` (a: `use_average_cc_pos`; x̄ charge-weighted), and
    `u = |x - x_k|² / (d_k² + 1e-4)`:

        attractive = q_k Σ_{m in k} A(u) q_m / n_k          A = ln(e u/2 + 1)
        repulsive  = q_k Σ_{j not in k} R(u) q_j / N             R = exp(-u/2); hinge: max(1 - sqrt(u), 0)
        min_beta   = 1 - max_m β_m + 1 - min(Σ_m β_m, 1)
        payload    = Σ_m β_m² P_m / Σ_m β_m²                 P: energy, its uncertainty, position, time, class
        too_much_beta = ln((1 - Σ_m β_m)² + 1)
        noise      = s_b mean β of noise + spect_supp mean β of spectators
        beta_push  = mean over the hits of objects of ln²(1 + max(b - β, 0)/b), b = `beta_push`
        cc_damping = cc_damping_strength (0.02 mean x)⁴

    N (`repulsion_hits`): four times the mean number of hits of the event's objects, which does not depend on how many
    there are; or a number; or, null, the hits outside the object, n - n_k, as in the paper.

    Terms per object are averaged with the weights ω_k (from the energy; 0.01 of it where not contained), then over
    events; "loss" is the sum of the terms, each with its weight. Forms (`implementation`): hinge, hinge_manhatten
    (|Δ|₁ for |Δ|₂), pushpull, precond, hinge_damped (attraction does not move x_k), hinge_deadzone
    (A = 1 - exp(-10 u)), hinge_qmin (spectators lose only q_min). Of events without objects only the noise enters.

    With weights w of hits, v of objects and g of events (1 where not wired) every sum over hits counts a hit w times:
    `Σ_{m in k} w_m A q_m / Σ_{m in k} w_m`, likewise the repulsion, the noise, the spectators, Σ_m β_m, the payload (β²
    w) and x̄; α_k is the hit of largest w q, and max_m β_m that of min(w_m, 1) β_m. ω_k becomes ω_k v_k, and the mean
    over events `Σ_e g_e L_e / events`. Hits that several objects share (`truth_objects`, `truth_fractions`) stand as
    copies, one for each object with its fraction as weight, and one of noise with what is left of 1.

    Shapes: [hits, 1] for scalars, cluster coordinates [hits, C]. Units: GeV, cm, ns.
    Errors: a term with a weight above 0 needs its inputs.
    Source: arXiv:2002.03605; HGCalML, modules/LossLayers.py (LLExtendedObjectCondensation, LLFullObjectCondensation)
    and modules/object_condensation.py. Other than there (docs/faults.md): Q-1, Q-4 to Q-7, Q-9, Q-24; Q-11 and Q-12
    with the switches `squared_distance_scale`, `normalise_by_object_weight`; Q-17 with `repulsion_hits`.
    """

    name: ClassVar[str] = "object_condensation"
    layer: ClassVar[str] = "registry.plugins.losses.object_condensation.layer:ObjectCondensation"
    examples = (
        {"too_much_beta_scale": 1.0},
        {"implementation": "hinge", "payload": "full", "q_min": 0.3},
        {"implementation": "hinge", "payload": "uncertainty"},
    )
    inputs = (
        BETA,
        CCOORDS,
        TRUTH_INDEX,
        ROW_SPLITS,
        DISTANCE,
        Port("energy_factor", "hits 1", "correction c of the energy", optional=True),
        Port("energy_low_quantile", "hits 1", "lower uncertainty of the energy", optional=True, bounds=(0, None)),
        Port("energy_high_quantile", "hits 1", "upper uncertainty of the energy", optional=True, bounds=(0, None)),
        Port("position", "hits position", "predicted position, x, y (, z)", unit="cm", optional=True),
        Port("time", "hits 1", "predicted time", unit="ns", optional=True),
        Port(
            "time_uncertainty",
            "hits 1",
            "predicted uncertainty of the time",
            unit="ns",
            optional=True,
            bounds=(0, None),
        ),
        Port("classes", "hits 6", "predicted probability of each class", optional=True),
        Port("energy", "hits 1", "energy of the hit", unit="GeV", optional=True, bounds=(0, None)),
        TRUTH_ENERGY_IN_LOSSES,
        Port(
            "truth_position",
            f"hits {COORDINATES}",
            "true position of the hit's object",
            unit="cm",
            optional=True,
            of="object",
        ),
        Port("truth_time", "hits 1", "true time of the hit's object", unit="ns", optional=True, of="object"),
        Port("truth_pid", "hits 6", "class of the object, one-hot", optional=True, bounds=(0, 1), of="object"),
        Port("truth_pdg", "hits 1", "PDG code of the object", "int32", optional=True, of="object"),
        *SPECTATORS,
        Port(
            "truth_fully_contained",
            "hits 1",
            "1 if the object is contained; 1 where not wired",
            optional=True,
            bounds=(0, 1),
            of="object",
        ),
        Port(
            "truth_rec_energy",
            "hits 1",
            "energy of the object as its hits have it; where not wired, the sum of `energy` over its hits",
            unit="GeV",
            optional=True,
            bounds=(0, None),
            of="object",
        ),
        *WEIGHTS_IN_LOSSES,
        *SHARES_IN_LOSSES,
    )

    class Params(ObjectCondensationParams):
        """Weights of the terms, what condensation points carry, and the core's parameters."""

    event_offset: ClassVar[float] = 1e-3
    terms: ClassVar[tuple[str, ...]] = (
        "attractive",
        "repulsive",
        "min_beta",
        "noise",
        "energy",
        "energy_uncertainty",
        "position",
        "time",
        "class",
        "too_much_beta",
        "beta_push",
        "cc_damping",
    )

    def required_inputs(self) -> Iterable[tuple[str, ...]]:
        return required_inputs(self.params)

    def idle_inputs(self) -> Iterable[str]:
        """Return what is predicted for terms that weigh 0."""
        return idle_inputs(self.params)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        for message in missing_inputs(self.params, inputs):
            raise AxisMismatch(message)
        position = inputs.get("position")
        if position is not None and position.features > COORDINATES:
            raise AxisMismatch(f"input 'position': expected {COORDINATES} coordinates at the most, received {position}")
        return {}

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any] | str:
        """Return objects each gathered around one hit of beta 1, which says the truth."""
        if reason := why_not(self.params):
            return reason
        found = condensed(columns)
        return {**found, **carried(columns, found["beta"], self.params)}

    def least(self) -> float:
        """Return what the offsets in the losses of the position, and of the uncertainty of the energy, leave."""
        options = self.params
        uncertainty = options.energy_loss_weight * LEAST_VARIANCE if options.payload == "uncertainty" else 0.0
        return float(options.scale * (options.position_loss_weight * LEAST_DISTANCE + uncertainty))

    def on_data(self, columns: Mapping[str, Any]) -> Mapping[str, str]:
        """Return what the repulsion is divided by."""
        return {"repulsion_hits": divisor_text(self.params.repulsion_hits, columns)}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return the potentials, with an assumed number of objects in range of a hit, and a few per payload column."""
        columns = sum(type_.features for port, type_ in inputs.items() if port != "row_splits")
        return float(potentials(inputs["ccoords"].features) + PER_PAIR * columns)

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what charges, potentials and means are made of, and the losses of what condensation points carry."""
        columns = sum(type_.features for port, type_ in inputs.items() if port != "row_splits")
        return with_shares(inputs, 2 * (inputs["ccoords"].features + columns) + OF_CHARGES)


class BasicObjectCondensation(Loss):
    """Object condensation without payload or weights: attraction, repulsion, beta penalty and noise.

    Formula: the terms attractive, repulsive, min_beta and noise of `object_condensation`, where all objects weigh the
    same; "loss" is their sum.
    Shapes: beta [hits, 1], cluster coordinates [hits, C].
    Source: HGCalML, modules/LossLayers.py, LLBasicObjectCondensation, whose defaults these are; docs/faults.md, Q-11.
    """

    name: ClassVar[str] = "basic_object_condensation"
    layer: ClassVar[str] = "registry.plugins.losses.object_condensation.basic_layer:BasicObjectCondensation"
    examples = (
        {},
        {"implementation": "hinge"},
    )
    inputs = (BETA, CCOORDS, TRUTH_INDEX, ROW_SPLITS, DISTANCE, *SPECTATORS, *WEIGHTS_IN_LOSSES, *SHARES_IN_LOSSES)
    event_offset: ClassVar[float] = 1e-3
    terms: ClassVar[tuple[str, ...]] = ("attractive", "repulsive", "min_beta", "noise")

    class Params(CoreParams):
        """The core's parameters with the defaults of LLBasicObjectCondensation."""

        q_min: float = param(0.8, "smallest charge of a hit", ge=0, schedulable=True)
        use_average_cc_pos: float = param(
            0.5, "share of the charge-weighted mean in the condensation point's position", ge=0, le=1, schedulable=True
        )

    def perfect(self, columns: Mapping[str, Any]) -> Mapping[str, Any] | str:
        """Return objects each gathered around one hit of beta 1."""
        return why_not(self.params) or condensed(columns)

    def on_data(self, columns: Mapping[str, Any]) -> Mapping[str, str]:
        """Return what the repulsion is divided by."""
        return {"repulsion_hits": divisor_text(self.params.repulsion_hits, columns)}

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return the potentials, with an assumed number of objects in range of a hit."""
        return float(potentials(inputs["ccoords"].features))

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return what charges, potentials and means are made of."""
        return with_shares(inputs, 2 * inputs["ccoords"].features + OF_CHARGES)


BLOCKS = (ObjectCondensation, BasicObjectCondensation)
"""The blocks of this folder."""
