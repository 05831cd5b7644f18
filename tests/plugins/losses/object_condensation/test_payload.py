"""The losses per hit, against their definitions in plain NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.losses.object_condensation import classes, payload
from tests.plugins.block_case import assert_close, golden

RNG = np.random.default_rng(5)
TRUE = np.array([[1e-9], [0.3], [2.0], [30.0], [1e4], [0.0], [5.0]])
RECONSTRUCTED = np.array([[1e-9], [0.9], [0.2], [28.0], [0.5e4], [0.0], [80.0]])
FACTOR = np.array([[1.0], [0.5], [3.0], [1.1], [0.01], [1.0], [1.3]])
LOW, HIGH = RNG.uniform(0, 1, (2, 7, 1))


def energies() -> payload.Energies:
    return payload.Energies(*(tf.constant(array) for array in (TRUE, RECONSTRUCTED, FACTOR, LOW, HIGH)))


def huber(x: np.ndarray, delta: np.ndarray | float) -> np.ndarray:
    return np.where(np.abs(x) < delta, x**2, delta**2 + 2 * delta * (np.abs(x) - delta))


def pinball(x: np.ndarray, quantile: float) -> np.ndarray:
    return np.maximum(quantile * x, (quantile - 1) * x)


def test_extended_energy_with_uncertainty() -> None:
    kept = np.array([[1e-9], [0.6], [1.0], [28.0], [0.5e4], [0.0], [10.0]])
    width = HIGH * kept + 1
    loss, uncertainty = payload.extended_energy(energies())
    assert_close(loss, np.clip(huber((TRUE - FACTOR * kept) / width, 2.0), 0, 10), 1e-12)
    assert_close(uncertainty, np.clip(np.log(width**2), 0, 10) + (LOW - HIGH) ** 2, 1e-11)


@pytest.mark.parametrize("legacy", [False, True])
def test_energy_in_units_of_its_root(legacy: bool) -> None:
    deviation = (TRUE - FACTOR * RECONSTRUCTED) / np.sqrt(np.maximum(np.sqrt(TRUE), 1))
    expected = np.clip(deviation**2, 0, 10) if legacy else huber(deviation, np.sqrt(10))
    spread = np.clip(HIGH**2, 0, 10) + LOW**2 if legacy else HIGH**2 + (LOW - HIGH) ** 2
    loss, uncertainty = payload.root_energy(energies(), legacy)
    assert_close(loss, expected, 1e-12)
    assert_close(uncertainty, spread, 1e-12)


@pytest.mark.parametrize("legacy", [False, True])
def test_energy_with_a_gaussian_uncertainty(legacy: bool) -> None:
    width = HIGH * RECONSTRUCTED + 1
    deviation = (TRUE - FACTOR * RECONSTRUCTED) / width
    expected = np.clip(deviation**2, 0, 10) if legacy else huber(deviation, np.sqrt(10))
    spread = np.log(width**2)
    spread = np.clip(spread, 0, 10) + LOW**2 if legacy else spread + (LOW - HIGH) ** 2
    loss, uncertainty = payload.gaussian_energy(energies(), legacy)
    assert_close(loss, expected, 1e-12)
    assert_close(uncertainty, spread, 1e-12)


def test_far_deviations_still_move_the_energy_and_its_uncertainty() -> None:
    factor, high = tf.constant([[3.0]]), tf.constant([[0.1]])
    one = tf.constant([[100.0]])
    with tf.GradientTape() as tape:
        tape.watch([factor, high])
        loss, _ = payload.gaussian_energy(payload.Energies(one, one, factor, high, high), legacy=False)
    assert all(float(gradient[0, 0]) != 0 for gradient in tape.gradient(loss, [factor, high]))


def test_energy_with_uncertainty_in_gev() -> None:
    loss, uncertainty = payload.uncertainty_energy(energies())
    assert_close(loss, (TRUE - FACTOR * RECONSTRUCTED) ** 2 / (HIGH**2 + 1e-3), 1e-12)
    assert_close(uncertainty, (LOW - HIGH) ** 2 + np.log(HIGH**2 + 1e-3), 1e-12)


@pytest.mark.parametrize("scale", [-1.0, 0.5])
def test_corrected_energy_with_quantiles(scale: float) -> None:
    deviation = (TRUE - FACTOR * RECONSTRUCTED) / np.sqrt(TRUE + 1e-3)
    expected = huber(deviation, scale) if scale > 0 else np.log(deviation**2 + 1 + 1e-5)
    relative = 1 - FACTOR / np.clip(TRUE / (RECONSTRUCTED + 1e-3), 0.2, 5)
    loss, uncertainty = payload.corrected_energy(energies(), scale)
    assert_close(loss, expected, 1e-12)
    assert_close(uncertainty, pinball(relative - LOW, 0.16) + pinball(relative - HIGH, 0.84), 1e-12)


@pytest.mark.parametrize(("scale", "alternative"), [(0.7, False), (-1.0, True), (-1.0, False)])
def test_energy_predicted_directly(scale: float, alternative: bool) -> None:
    true, offset = np.maximum(TRUE, 1e-4), 0.8
    root = np.sqrt(true + 1e-3)
    value = (true - FACTOR) ** 2 / (true + 1e-3)
    if alternative:
        value = np.log(value + 1)
    if scale > 0:
        value = huber(np.abs(true - FACTOR) / (root + offset), scale * root)
    scaled = value / 0.2
    scaled = np.where(scaled > 1, 0.1 * np.log((np.maximum(scaled, 1) - 0.9) / 0.1) + 1, scaled)
    loss, uncertainty = payload.total_energy(energies(), scale, offset, alternative)
    assert_close(loss, scaled * 0.2, 1e-12)
    assert not np.any(uncertainty)


@pytest.mark.parametrize("columns", [2, 3])
def test_position_in_units_of_10_cm(columns: int) -> None:
    true, predicted = RNG.normal(0, 100, (20, 3)), RNG.normal(0, 100, (20, columns))
    distance = np.sqrt(np.sum((true[:, :columns] - predicted) ** 2, axis=1, keepdims=True) / 100 + 1e-2)
    assert_close(payload.position_loss(tf.constant(true), tf.constant(predicted)), huber(distance, 10.0), 1e-12)


def test_time_with_uncertainty_above_1_gev() -> None:
    true, predicted = RNG.normal(10, 1, (2, 20, 1))
    uncertainty, energy = RNG.normal(0.5, 1, (20, 1)), RNG.uniform(0, 2, (20, 1))
    variance = np.maximum(uncertainty, 0) ** 2
    expected = np.where(energy < 1, 0, (true - predicted) ** 2 / (variance + 0.1) + variance)
    arrays = [tf.constant(array) for array in (true, predicted, uncertainty, energy)]
    assert_close(payload.time_loss(*arrays), expected, 1e-12)


def test_object_weights_rise_from_half_a_gev_to_ten() -> None:
    energy = np.array([[0.1], [0.5], [5.25], [10.0], [100.0]])
    assert_close(payload.object_weights(tf.constant(energy), False), [[0], [0], [0.5], [1], [1]], 1e-12)
    alternative = payload.object_weights(tf.constant(energy), True)
    assert_close(alternative, [[0], [0], [0.5 * 0.115], [0.21], [2.01]], 1e-12)


def test_classes_of_pdg_codes() -> None:
    codes = np.array([[13], [-11], [22], [-211], [321], [2212], [130], [-2112], [111], [312], [0]])
    expected = [0, 1, 2, 3, 3, 3, 4, 4, 5, 5, 5]
    found = classes.one_hot_of_pdg(tf.constant(codes), classes.EXTENDED_CODES, tf.float64)
    assert_close(found, np.eye(6)[expected])
    identified = classes.one_hot_of_pdg(tf.constant([[111], [2114]]), classes.IDENTIFICATION_CODES, tf.float64)
    assert_close(identified, np.eye(6)[[4, 4]])


def test_the_cross_entropy_of_classes() -> None:
    predicted, one_hot = RNG.dirichlet(np.ones(6), 30), np.eye(6)[RNG.integers(0, 6, 30)]
    expected = -np.sum(one_hot * np.log(predicted), axis=1, keepdims=True)
    arrays = tf.constant(one_hot), tf.constant(predicted)
    assert_close(classes.class_loss(*arrays, ignore_ambiguous=False), expected, 1e-6)
    clear = np.where(one_hot[:, -1:] > 0, 0, expected)
    assert_close(classes.class_loss(*arrays, ignore_ambiguous=True), clear, 1e-6)
    nothing = classes.class_loss(tf.zeros_like(arrays[0]), arrays[1], ignore_ambiguous=True)
    assert not np.any(nothing)


def test_losses_of_every_hit_agree_with_the_recording(reference: Path) -> None:
    arrays, _ = golden(reference, "f_llext_inputs")
    recording, _ = golden(reference, "f_llext_config")
    names = ("t_energy", "t_rec_energy", "pred_energy", "pred_energy_low", "pred_energy_high")
    energy, uncertainty = payload.extended_energy(payload.Energies(*(tf.constant(arrays[name]) for name in names)))
    one_hot = classes.one_hot_of_pdg(tf.constant(arrays["t_pid"]), classes.EXTENDED_CODES, tf.float32)
    found = classes.class_loss(one_hot, tf.constant(arrays["pred_id"]), ignore_ambiguous=False)
    weights = payload.object_weights(tf.constant(arrays["t_energy"]), False)
    assert_close(weights, recording["energy_weights_per_hit_before_containment"])
    assert_close(energy, recording["energy_loss_per_hit"])
    assert_close(uncertainty, recording["energy_unc_loss_per_hit"])
    assert_close(found, recording["class_loss_per_hit"])
