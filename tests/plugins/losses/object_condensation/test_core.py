"""The core of object condensation against recordings, the definition in plain NumPy, and finite differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.losses.object_condensation.block import ObjectCondensation
from registry.plugins.losses.object_condensation.core import Core, CoreOptions, Hits
from registry.plugins.losses.object_condensation.forms import FORMS
from registry.plugins.losses.object_condensation.objects import find_objects
from tests.plugins.block_case import assert_close, golden
from tests.plugins.losses.object_condensation.events import batch
from tests.plugins.losses.object_condensation.plain import condensation

AS_RECORDED = {"squared_distance_scale": False, "normalise_by_object_weight": False}
FORM_OF_CLASS = {"Basic_OC_per_sample": "", "PreCond_OC_per_sample": "precond", "Hinge_OC_per_sample": "hinge"}
CHANGES: list[dict[str, Any]] = [
    {},
    AS_RECORDED,
    {"use_average_cc_pos": 0.0},
    {"noise_charge": 1.0, "repulsion_hits": 100.0},
    {"repulsion_hits": "objects"},
    {"beta_weighted_centre": True, "global_attraction": True},
]


def core_of(arrays: dict[str, Any], options: dict[str, Any]) -> Core:
    """Return the core of arrays as `plain.condensation` takes them, in their own precision."""
    columns = [tf.convert_to_tensor(arrays[name]) for name in ("beta", "x", "distance", "spectator", "weight")]
    objects = find_objects(*(tf.constant(arrays[name], tf.int32) for name in ("truth_index", "row_splits")))
    return Core(Hits(*columns), objects, CoreOptions(**options))


def terms(core: Core) -> dict[str, tf.Tensor]:
    return {
        "attractive": core.over_objects(core.attraction()),
        "repulsive": core.over_objects(core.repulsion()),
        "min_beta": core.over_objects(core.beta_penalty()),
        "too_much_beta": core.over_objects(core.too_much_beta()),
        "noise": core.over_events(core.noise_penalty()),
    }


def arrays_of(sizes: list[int], seed: int = 1) -> dict[str, Any]:
    """Return random events in float64; a tenth of the objects weighs nothing."""
    inputs = batch(sizes, seed)
    rng = np.random.default_rng(seed)
    hits = sum(sizes)
    return {
        "beta": inputs["beta"][:, 0],
        "x": inputs["ccoords"],
        "distance": inputs["distance"][:, 0],
        "spectator": np.where(rng.random(hits) < 0.2, 0.9, 0.0),
        "weight": rng.uniform(0, 1, hits) * (rng.random(hits) < 0.9),
        "truth_index": inputs["truth_index"][:, 0],
        "row_splits": inputs["row_splits"],
    }


def options_of(implementation: str, **changes: Any) -> dict[str, Any]:
    options = {**CoreOptions.__dataclass_fields__}
    defaults = {name: field.default for name, field in options.items()}
    return {**defaults, "implementation": implementation, "q_min": 0.7, "use_average_cc_pos": 0.3, **changes}


@pytest.mark.parametrize("name", ["f_oc_std_config", "f_oc_precond_config", "f_oc_hinge_default"])
def test_values_and_gradients_agree_with_the_recordings_once_q11_and_q12_are_switched_back(
    reference: Path, name: str
) -> None:
    shared, _ = golden(reference, "f_oc_inputs")
    recording, parameters = golden(reference, name)
    init = dict(parameters["init"])
    options = CoreOptions(
        implementation=FORM_OF_CLASS[parameters["cls"]],
        use_average_cc_pos=init.pop("use_mean_x"),
        **init,
        **AS_RECORDED,
    )
    beta, x, d = (tf.constant(shared[key]) for key in ("beta", "x", "d"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([beta, x, d])
        weights = [tf.constant(shared[key][:, 0]) for key in ("spectator_weight", "object_weight")]
        objects = find_objects(tf.constant(shared["truth_idx"][:, 0]), tf.constant(shared["row_splits"]))
        core = Core(Hits(beta[:, 0], x, d[:, 0], *weights), objects, options)
        found = {
            "V_att": core.over_objects(core.attraction()),
            "V_rep": core.over_objects(core.repulsion()),
            "Noise_pen": core.over_events(core.noise_penalty()),
            "B_pen": core.over_objects(core.beta_penalty()),
            "pll": core.over_objects(core.payload(tf.constant(shared["pll"]))),
        }
        parts = [found[key] for key in ("V_att", "V_rep", "Noise_pen", "B_pen")]
        found["total"] = tf.add_n(parts) + tf.reduce_sum(tf.linspace(1.0, 2.0, 5) * found["pll"])
    for term, value in found.items():
        assert_close(value, recording[term])
        for port, variable in {"beta": beta, "x": x, "d": d}.items():
            if f"grad_{term}_{port}" in recording:
                gradient = tape.gradient(value, variable, unconnected_gradients="zero")
                assert_close(tf.convert_to_tensor(gradient), recording[f"grad_{term}_{port}"])


@pytest.mark.parametrize("name", ["f_oc_std_config", "f_oc_precond_config", "f_oc_hinge_default"])
def test_every_object_agrees_with_the_recordings(reference: Path, name: str) -> None:
    shared, _ = golden(reference, "f_oc_inputs")
    recording, parameters = golden(reference, name)
    init = dict(parameters["init"])
    mean = init.pop("use_mean_x")
    options = CoreOptions(FORM_OF_CLASS[parameters["cls"]], use_average_cc_pos=mean, **init, **AS_RECORDED)
    columns = [tf.constant(shared[key]) for key in ("beta", "x", "d", "spectator_weight", "object_weight")]
    columns = [column if index == 1 else column[:, 0] for index, column in enumerate(columns)]
    objects = find_objects(tf.constant(shared["truth_idx"][:, 0]), tf.constant(shared["row_splits"]))
    core = Core(Hits(*columns), objects, options)
    payload = core.payload(tf.constant(shared["pll"]))
    found = {
        "V_att_k": core.attraction(),
        "V_rep_k": core.repulsion(),
        "B_pen_k": core.beta_penalty(),
        "x_k": core.points.centre,
        "q_k": core.points.charge,
        "alpha_hit": core.points.hit,
    }
    for event in range(2):
        first, last = objects.splits[event : event + 2]
        for key, value in found.items():
            part = value[first:last] - (shared["row_splits"][event] if key == "alpha_hit" else 0)
            assert_close(tf.reshape(part, recording[f"ev{event}_{key}"].shape), recording[f"ev{event}_{key}"])
        assert_close(payload[first:last], recording[f"ev{event}_pll_k"])


def test_hand_vector_4_of_blocks_md() -> None:
    arrays = {
        "beta": np.array([0.9, 0.2, 0.6, 0.7, 0.1]),
        "x": np.array([[0.0], [0.5], [2.0], [2.4], [-1.0]]),
        "distance": np.array([1, 1, 0.5, 1, 1]),
        "spectator": np.array([0, 0, 0.9, 0, 0]),
        "weight": np.array([1, 1, 0.5, 0.5, 1]),
        "truth_index": np.array([7, 7, 3, 3, -1]),
        "row_splits": np.array([0, 5]),
    }
    payload = tf.constant([[0, 0.1], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9]], tf.float64)
    options = {"q_min": 0.5, "use_average_cc_pos": 0.25, **AS_RECORDED}
    core = core_of(arrays, options)
    assert_close(core.charge, [2.5368683, 0.5402687, 0.0967742, 1.2290395, 0.5098675], 1e-6)
    assert_close(core.points.centre[:, 0], [0.0219462, 2.392656], 1e-6)
    assert_close(core.points.distance, [1, 1])
    assert_close(core.attraction(), [0.1873640, 0.0113627], 1e-6)
    assert_close(core.repulsion(), [0.3287450, 0.0969449], 1e-6)
    assert_close(core.beta_penalty(), [0.1, 0.3], 1e-6)
    assert_close(core.payload(payload), [[0.0094120, 0.1094120], [0.5863115, 0.6863115]], 1e-6)
    found = terms(core)
    expected = {"attractive": 0.0964263, "repulsive": 0.1884203, "noise": 0.6985357, "min_beta": 0.1248751}
    for name, value in expected.items():
        assert_close(found[name], value, 1e-6)
    assert_close(core.over_objects(core.payload(payload)), [0.1511327, 0.2260578], 1e-6)
    assert float(terms(core_of(arrays, {**options, "implementation": "hinge"}))["repulsive"]) == 0


@pytest.mark.parametrize("implementation", FORMS)
@pytest.mark.parametrize("changes", CHANGES)
def test_every_form_computes_its_definition(implementation: str, changes: dict[str, Any]) -> None:
    arrays, options = arrays_of([17, 0, 30, 1, 9]), options_of(implementation, **changes)
    expected = condensation(arrays, options)
    for name, value in terms(core_of(arrays, options)).items():
        assert float(value) == pytest.approx(expected[name], rel=1e-10, abs=1e-12), name


@pytest.mark.parametrize("implementation", [name for name in FORMS if name != "hinge_damped"])
@pytest.mark.parametrize("port", ["beta", "x", "distance"])
def test_gradients_agree_with_finite_differences(implementation: str, port: str) -> None:
    arrays, options = arrays_of([12, 20], seed=4), options_of(implementation)
    rng = np.random.default_rng(0)
    direction = rng.normal(size=arrays[port].shape)

    def total(values: Any) -> tf.Tensor:
        return tf.add_n(list(terms(core_of({**arrays, port: values}, options)).values()))

    values = tf.constant(arrays[port])
    with tf.GradientTape() as tape:
        tape.watch(values)
        loss = total(values)
    slope = float(tf.reduce_sum(tf.convert_to_tensor(tape.gradient(loss, values)) * direction))
    step = 1e-7
    difference = float(total(arrays[port] + step * direction) - total(arrays[port] - step * direction)) / (2 * step)
    assert slope == pytest.approx(difference, rel=1e-5)


def test_hinge_damped_does_not_move_the_condensation_point_by_attraction() -> None:
    arrays = arrays_of([15], seed=3)
    arrays["truth_index"] = np.zeros(15, int)
    gradients = {}
    for implementation in ("hinge", "hinge_damped"):
        x = tf.constant(arrays["x"])
        with tf.GradientTape() as tape:
            tape.watch(x)
            core = core_of({**arrays, "x": x}, options_of(implementation, use_average_cc_pos=0.0))
            value = tf.reduce_sum(core.attraction())
        gradients[implementation] = tf.convert_to_tensor(tape.gradient(value, x)).numpy()
        point = int(core.points.hit[0])
    assert np.abs(gradients["hinge"][point]).max() > 0
    assert np.abs(gradients["hinge_damped"][point]).max() == 0
    others = np.arange(15) != point
    assert_close(gradients["hinge_damped"][others], gradients["hinge"][others])


@pytest.mark.parametrize("beta", [0.4, 0.9999, 1.0])
def test_of_hits_with_equal_charge_the_first_is_the_condensation_point_wherever_the_event_lies(beta: float) -> None:
    hits = 23
    arrays = {
        "beta": np.full(hits, beta, dtype="float32"),
        "x": np.zeros((hits, 2), dtype="float32"),
        "distance": np.ones(hits, dtype="float32"),
        "spectator": np.zeros(hits, dtype="float32"),
        "weight": np.ones(hits, dtype="float32"),
        "truth_index": np.zeros(hits),
        "row_splits": [0, 3, 11, 22, hits],
    }
    assert core_of(arrays, {}).points.hit.numpy().tolist() == [0, 3, 11, 22]


@pytest.mark.parametrize(("repulsion_hits", "fades"), [("objects", False), (30.0, False), (None, True)])
def test_what_repels_an_object_does_not_depend_on_what_else_is_in_its_event_unless_told(
    repulsion_hits: Any, fades: bool
) -> None:
    near, far = np.array([[0.0], [0.1], [0.5], [0.6]]), 100.0 + 50.0 * np.repeat(np.arange(20.0), 2)[:, None]
    found = []
    for x in (near, np.concatenate([near, far])):
        hits = len(x)
        arrays = {"beta": np.full(hits, 0.5), "x": x, "distance": np.ones(hits), "spectator": np.zeros(hits)}
        arrays |= {"weight": np.ones(hits), "truth_index": np.arange(hits) // 2, "row_splits": np.array([0, hits])}
        core = core_of(arrays, {"implementation": "hinge", "q_min": 0.3, "repulsion_hits": repulsion_hits})
        found.append(float(core.repulsion()[0]))
    assert found[0] > 0
    assert (found[1] < 0.2 * found[0]) if fades else found[1] == pytest.approx(found[0])


def test_the_repulsion_does_not_depend_on_the_size_of_the_event_unless_told() -> None:
    assert ObjectCondensation.Params().repulsion_hits == "objects"
