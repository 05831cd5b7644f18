"""The object-condensation layers: recordings, options, and what the original got wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import ValidationError

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.plugins.losses.object_condensation.block import ObjectCondensation
from registry.plugins.losses.object_condensation.layer import ObjectCondensation as Layer
from tests.plugins.block_case import assert_close, golden
from tests.plugins.losses.object_condensation.events import batch
from tests.plugins.losses.object_condensation.loss_case import LossCase

USE = "object_condensation:ObjectCondensation"
BASIC = "object_condensation:BasicObjectCondensation"
AS_RECORDED = {"squared_distance_scale": False, "normalise_by_object_weight": False}
NO_PAYLOAD = {
    "energy_loss_weight": 0.0,
    "position_loss_weight": 0.0,
    "timing_loss_weight": 0.0,
    "classification_loss_weight": 0.0,
}
RECORDED_NAMES = {
    "pred_beta": "beta",
    "pred_ccoords": "ccoords",
    "pred_dist": "distance",
    "pred_energy": "energy_factor",
    "pred_energy_low": "energy_low_quantile",
    "pred_energy_high": "energy_high_quantile",
    "pred_pos": "position",
    "pred_time": "time",
    "pred_time_unc": "time_uncertainty",
    "pred_id": "classes",
    "t_idx": "truth_index",
    "t_energy": "truth_energy",
    "t_pos": "truth_position",
    "t_time": "truth_time",
    "t_pid": "truth_pdg",
    "t_spectator_weight": "truth_spectator_weight",
    "t_fully_contained": "truth_fully_contained",
    "t_rec_energy": "truth_rec_energy",
    "row_splits": "row_splits",
}
RECORDED_TERMS = {
    "attractive": "attractive_loss",
    "repulsive": "repulsive_loss",
    "min_beta": "min_beta_loss",
    "noise": "noise_loss",
    "energy": "energy_loss",
    "energy_uncertainty": "energy_unc_loss",
    "class": "class_loss",
}


def test_the_extended_loss_agrees_with_the_recording_once_q11_and_q12_are_switched_back(reference: Path) -> None:
    arrays, _ = golden(reference, "f_llext_inputs")
    recording, parameters = golden(reference, "f_llext_config")
    inputs = {port: arrays[name] for name, port in RECORDED_NAMES.items()}
    case = LossCase(USE, **parameters["init"], **AS_RECORDED)
    found = case(**inputs)
    assert_close(found["loss"], recording["loss"])
    for term, name in RECORDED_TERMS.items():
        assert_close(found[term], recording[f"term/{name}"])
    predicted = [name for name in RECORDED_NAMES if name.startswith("pred_")]
    gradients = case.gradients(*(RECORDED_NAMES[name] for name in predicted), **inputs)
    for name, gradient in zip(predicted, gradients, strict=True):
        assert_close(gradient, recording[f"grad_{name}"])


OF_2025 = {
    "t_idx": "truth_index",
    "rs": "row_splits",
    "beta": "beta",
    "x": "ccoords",
    "d": "distance",
    "spect": "truth_spectator_weight",
    "t_energy": "truth_energy",
    "t_rec_energy": "truth_rec_energy",
    "t_fully_contained": "truth_fully_contained",
    "energy_factor": "energy_factor",
    "low": "energy_low_quantile",
    "high": "energy_high_quantile",
    "t_pid": "truth_pdg",
    "pred_id": "classes",
}
"""Names in the recordings of 2025, and ports."""


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("payload", "version"), [("root", 5), ("gaussian", 6)])
def test_the_losses_of_2025_agree_with_their_recordings(
    reference: Path, payload: str, version: int, weighted: bool
) -> None:
    recording = np.load(reference / "golden" / "2025" / "extended_oc.npz")
    inputs = {port: recording[name] for name, port in OF_2025.items()}
    case = LossCase(
        USE,
        payload=payload,
        legacy_energy_loss=True,
        implementation="hinge",
        q_min=1.0,
        use_average_cc_pos=0.9999,
        beta_weighted_centre=True,
        noise_charge=1.0,
        repulsion_hits=100.0 - 1e-3,
        normalise_by_object_weight=False,
        use_energy_weights=weighted,
        squared_energy_weight=True,
        position_loss_weight=0.0,
        timing_loss_weight=0.0,
    )
    found, mark = case(**inputs), f"v{version}_w{weighted:d}_"
    assert_close(found["loss"], recording[mark + "loss"])
    terms = {"attractive": "att", "repulsive": "rep", "noise": "noise", "min_beta": "bpen"}
    for term, name in terms.items():
        assert_close(found[term], recording[mark + name])
    energy = [found[term] for term in ("energy", "class", "energy_uncertainty")]
    assert_close(energy, recording[mark + "payload_energy_class_unc"])
    slopes = np.load(reference / "golden" / "2025" / "extended_oc_gradients_from_original.npz")
    for name, gradient in zip(("beta", "x"), case.gradients("beta", "ccoords", **inputs), strict=True):
        assert_close(gradient, slopes[f"{mark}grad_{name}"])


def test_the_basic_loss_agrees_with_the_recording_once_q11_is_switched_back(reference: Path) -> None:
    arrays, _ = golden(reference, "f_oc_inputs")
    recording, _ = golden(reference, "f_llbasic")
    inputs = {
        "beta": arrays["beta"],
        "ccoords": arrays["x"],
        "distance": arrays["d"],
        "truth_index": arrays["truth_idx"],
        "truth_spectator_weight": arrays["spectator_weight"],
        "row_splits": arrays["row_splits"],
    }
    case = LossCase(BASIC, squared_distance_scale=False)
    found = case(**inputs)
    names = {"attractive": "att", "repulsive": "rep", "noise": "noise", "min_beta": "min_b"}
    for term, name in {**names, "loss": ""}.items():
        assert_close(found[term], recording[f"term/llb_{name + '_' if name else ''}loss"])
    beta, x = case.gradients("beta", "ccoords", **inputs)
    assert_close(beta, recording["grad_beta"])
    assert_close(x, recording["grad_x"])


def test_the_terms_add_up_to_the_loss() -> None:
    case = LossCase(USE, too_much_beta_scale=0.3, beta_push=0.4, cc_damping_strength=1e4, scale=2.0)
    found = case(**batch([40, 30]))
    terms = [value for name, value in found.items() if name != "loss"]
    assert all(value != 0 for value in terms)
    assert found["loss"] == pytest.approx(sum(terms), rel=1e-6)


@pytest.mark.parametrize(
    ("parameter", "term"),
    [
        ("beta_loss_scale", "min_beta"),
        ("noise_scaler", "noise"),
        ("potential_scaling", "attractive"),
        ("repulsion_scaling", "repulsive"),
        ("energy_loss_weight", "energy"),
        ("energy_loss_weight", "energy_uncertainty"),
        ("position_loss_weight", "position"),
        ("timing_loss_weight", "time"),
        ("classification_loss_weight", "class"),
        ("too_much_beta_scale", "too_much_beta"),
        ("cc_damping_strength", "cc_damping"),
    ],
)
def test_a_stage_can_change_the_weight_of_a_term(parameter: str, term: str) -> None:
    inputs, case = batch([40, 30]), LossCase(USE, **{parameter: 1.0})
    before = case(**inputs)[term]
    case.layer.schedule(parameter, 2.5)
    assert before != 0
    assert case(**inputs)[term] == pytest.approx(2.5 * before, rel=1e-5)


def test_q1_an_event_without_objects_keeps_the_sums_of_the_others_and_its_own_noise() -> None:
    inputs = batch([40, 30, 20])
    inputs["truth_index"][40:70] = -1
    found = LossCase(USE)(**inputs)
    assert found["attractive"] > 0
    inputs["beta"][40:70] = 0.0
    assert LossCase(USE)(**inputs)["noise"] < found["noise"]


def test_q4_charged_kaons_are_charged_hadrons() -> None:
    inputs = batch([30])
    inputs["truth_pid"] = None
    inputs["truth_pdg"][:] = -321
    inputs["classes"] = np.tile([0.0, 0.0, 0.0, 1.0, 0.0, 0.0], (30, 1))
    assert LossCase(USE)(**inputs)["class"] == pytest.approx(0, abs=1e-5)


def test_q5_the_class_may_come_one_hot_or_as_pdg_code() -> None:
    inputs = batch([60])
    codes = np.array([13, 11, 22, 211, 2112, 0])
    inputs["truth_pdg"] = codes[np.argmax(inputs["truth_pid"], axis=1)][:, None]
    expected = LossCase(USE, class_truth="pdg")(**inputs)["class"]
    assert LossCase(USE, class_truth="one_hot")(**inputs)["class"] == pytest.approx(expected)
    assert LossCase(USE)(**{**inputs, "truth_pid": None})["class"] == pytest.approx(expected)
    assert LossCase(USE)(**{**inputs, "truth_pdg": None})["class"] == pytest.approx(expected)


def test_q6_beta_push_pulls_the_beta_of_objects_up_and_leaves_those_above_alone() -> None:
    inputs = batch([50])
    inputs["beta"] = np.linspace(0.01, 0.9, 50)[:, None]
    pushed, rest = (LossCase(USE, **NO_PAYLOAD, beta_push=push) for push in (0.5, 0.0))
    (gradient,), (other,) = (case.gradients("beta", **inputs) for case in (pushed, rest))
    change = (gradient - other)[:, 0]
    below = (inputs["beta"][:, 0] < 0.5) & (inputs["truth_index"][:, 0] >= 0)
    assert np.all(change[below] < 0)
    assert_close(change[~below], np.zeros(np.sum(~below)))
    assert pushed(**{**inputs, "beta": np.full((50, 1), 0.6)})["beta_push"] == 0


def test_q7_too_much_beta_is_least_where_the_betas_of_an_object_add_up_to_one() -> None:
    inputs = batch([10])
    inputs["truth_index"][:] = 0
    case = LossCase(USE, **NO_PAYLOAD, too_much_beta_scale=1.0, use_energy_weights=False)
    term = [case(**{**inputs, "beta": np.full((10, 1), beta)})["too_much_beta"] for beta in (0.05, 0.1, 0.2)]
    assert term[1] < 1e-6 < min(term[0], term[2])
    contained = inputs["truth_fully_contained"]
    weighted = case(**{**inputs, "truth_fully_contained": np.ones_like(contained), "beta": np.full((10, 1), 0.2)})
    assert weighted["too_much_beta"] == pytest.approx(np.log(2) / 1.001, rel=1e-5)


def test_q9_no_energy_loss_is_possible_with_every_payload() -> None:
    for payload in ("full", "extended", "uncertainty"):
        found = LossCase(USE, payload=payload, energy_loss_weight=0.0)(**batch([30]))
        assert found["energy"] == found["energy_uncertainty"] == 0


def test_q11_distances_are_divided_by_the_square_of_the_distance_scale() -> None:
    inputs, case = batch([40]), LossCase(USE, **NO_PAYLOAD)
    squared = LossCase(USE, **NO_PAYLOAD, squared_distance_scale=False)
    expected = squared(**{**inputs, "distance": inputs["distance"] ** 2})
    assert case(**inputs)["attractive"] == pytest.approx(expected["attractive"], rel=1e-5)


def test_q12_objects_without_weight_do_not_dilute_the_mean() -> None:
    inputs = batch([60])
    inputs["truth_index"] = (np.arange(60)[:, None] % 4).astype(int)
    inputs["truth_energy"] = np.where(inputs["truth_index"] < 2, 20.0, 0.1)
    inputs["truth_fully_contained"][:] = 1
    right, recorded = (LossCase(USE, **NO_PAYLOAD, normalise_by_object_weight=flag)(**inputs) for flag in (True, False))
    assert right["min_beta"] == pytest.approx(2 * recorded["min_beta"], rel=1e-5)


def test_q24_an_unknown_implementation_is_refused() -> None:
    with pytest.raises(ValidationError, match="implementation"):
        ObjectCondensation.Params(implementation="hing")


@pytest.mark.parametrize("key", ["no_beta_norm", "kalpha_damping_strength", "phase_transition", "n_ccoords"])
def test_keys_that_the_original_ignored_are_unknown(key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        ObjectCondensation.Params(**{key: 1})


def test_the_keys_of_old_configurations_are_known() -> None:
    ObjectCondensation.Params(
        energy_loss_weight=0.05,
        q_min=1.5,
        use_average_cc_pos=0.1,
        classification_loss_weight=0.05,
        too_much_beta_scale=0,
        position_loss_weight=0.0,
        timing_loss_weight=0.0,
        beta_loss_scale=0.1,
        beta_push=0,
    )


@pytest.mark.parametrize(
    ("port", "parameter"),
    [
        ("truth_energy", "use_energy_weights"),
        ("energy_factor", "energy_loss_weight"),
        ("position", "position_loss_weight"),
        ("truth_time", "timing_loss_weight"),
        ("classes", "classification_loss_weight"),
    ],
)
def test_a_term_without_its_inputs_is_an_error_of_the_check_and_of_the_layer(port: str, parameter: str) -> None:
    inputs = batch([20])
    inputs[port] = None
    case = LossCase(USE)
    node = {name: TensorType(()) for name, value in inputs.items() if value is not None}
    with pytest.raises(AxisMismatch, match=f"{parameter} is .* nothing is wired to .*{port}"):
        case.block.output_types(node, Bindings(), "loss")
    with pytest.raises(ValueError, match=parameter):
        case(**inputs)


def test_inputs_are_idle_exactly_where_their_term_weighs_0() -> None:
    inputs = batch([40])
    names = ("energy_factor", "position", "time", "time_uncertainty", "classes")
    for weight in NO_PAYLOAD:
        case = LossCase(USE, **{**NO_PAYLOAD, weight: 1.0})
        gradients = case.gradients(*names, **inputs)
        unmoved = {name for name, gradient in zip(names, gradients, strict=True) if not np.any(gradient)}
        assert unmoved == set(case.block.idle_inputs()) & set(names)


def test_without_recorded_energy_the_hits_of_an_object_are_summed() -> None:
    inputs = batch([25, 25])
    key = inputs["truth_index"] + 100 * (np.arange(50)[:, None] >= 25)
    sums = {label: inputs["energy"][key == label].sum() for label in np.unique(key)}
    noise = inputs["truth_index"] < 0
    inputs["truth_rec_energy"] = np.where(noise, inputs["energy"], np.vectorize(sums.get)(key))
    expected = LossCase(USE)(**inputs)
    found = LossCase(USE)(**{**inputs, "truth_rec_energy": None})
    assert found == pytest.approx(expected, rel=1e-5)


def test_spectators_are_hits_far_from_the_axis_of_their_shower() -> None:
    inputs = batch([40])
    weights = np.where(inputs["truth_spectator"] > 4.0, 0.8, 0.0)
    case = LossCase(USE, spectator_threshold=4.0, spectator_minimum=0.2)
    assert case(**inputs) == pytest.approx(LossCase(USE)(**inputs, truth_spectator_weight=weights))


def test_the_distance_scale_is_one_where_not_wired() -> None:
    inputs = batch([40])
    found = LossCase(USE)(**{**inputs, "distance": None})
    assert found == pytest.approx(LossCase(USE)(**{**inputs, "distance": np.ones((40, 1))}))


def test_the_layer_is_restored_from_its_configuration() -> None:
    layer = LossCase(USE, q_min=0.7, implementation="hinge").layer
    restored = keras.layers.deserialize(keras.layers.serialize(layer))
    assert isinstance(restored, Layer)
    assert restored.get_config() == layer.get_config()


def test_the_loss_trains_a_compiled_model_with_any_number_of_hits() -> None:
    inputs = {name: value for name, value in batch([30]).items() if value is not None}
    case = LossCase(USE)
    dtypes = {port.name: port.dtype for port in case.block.inputs}
    symbolic = {name: keras.Input(value.shape[1:], dtype=dtypes[name], name=name) for name, value in inputs.items()}
    model = keras.Model(symbolic, case.layer(**symbolic))

    @tf.function(reduce_retracing=True)
    def gradient(values: dict[str, Any]) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(values["beta"])
            loss = model(values)["loss"]
        return loss, tape.gradient(loss, values["beta"])

    for sizes in ([30], [], [5, 0, 60], [0, 0]):
        arrays = batch(list(sizes))
        loss, found = gradient({name: tf.constant(arrays[name], dtypes[name]) for name in arrays})
        assert np.isfinite(loss)
        assert np.all(np.isfinite(found))
        expected = case.gradients("beta", **arrays)[0]
        assert_close(tf.convert_to_tensor(found), expected)
