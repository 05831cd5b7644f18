"""Losses per hit of what condensation points carry: energy with its uncertainty, position, time."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

LARGEST_ENERGY = 1e12
"""GeV; energies are clipped to it."""


def huber(x: tf.Tensor, delta: tf.Tensor | float) -> tf.Tensor:
    """x² for |x| < delta, else delta² + 2 delta (|x| - delta): twice the textbook Huber loss."""
    size = tf.abs(x)
    return tf.where(size < delta, tf.square(x), delta**2 + 2 * delta * (size - delta))


@dataclass(frozen=True)
class Energies:
    """True energy, reconstructed energy of the true shower, and what the network says of them; all [hits, 1]."""

    true: tf.Tensor
    reconstructed: tf.Tensor
    factor: tf.Tensor
    low: tf.Tensor
    high: tf.Tensor

    def clipped(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the true and the reconstructed energy between 0 and LARGEST_ENERGY."""
        return (
            tf.clip_by_value(self.true, 0.0, LARGEST_ENERGY),
            tf.clip_by_value(self.reconstructed, 0.0, LARGEST_ENERGY),
        )


def extended_energy(energies: Energies) -> tuple[tf.Tensor, tf.Tensor]:
    """Return clip(hub_2((E - c R*)/σ), 0, 10) and clip(ln σ², 0, 10) + (low - high)², σ = high R* + 1 GeV.

    R* is the reconstructed energy, kept between E/2 and 2 E.
    """
    true, reconstructed = energies.clipped()
    reconstructed = tf.maximum(tf.minimum(reconstructed, 2 * true), 0.5 * true)
    width = energies.high * reconstructed + 1
    deviation = tf.math.divide_no_nan(true - energies.factor * reconstructed, width)
    loss = tf.clip_by_value(huber(deviation, 2.0), 0, 10)
    uncertainty = tf.clip_by_value(tf.math.log(tf.square(width) + 1e-12), 0, 10)
    return loss, uncertainty + tf.square(energies.low - energies.high)


LARGEST_DEVIATION = 10**0.5
"""Deviations in units of their width: beyond it the energy losses of 2025 were cut off."""


def root_energy(energies: Energies, legacy: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Return hub((E - c R)/sqrt(σ)), σ = max(sqrt(E), 1 GeV), and high² + (low - high)², which draws both to 0.

    hub turns linear at sqrt(10). `legacy`: the square, cut off at 10, and min(high², 10) + low².
    """
    true, reconstructed = energies.clipped()
    width = tf.clip_by_value(tf.sqrt(true), 1.0, LARGEST_ENERGY)
    deviation = (true - energies.factor * reconstructed) / tf.sqrt(width)
    spread = tf.square(energies.high)
    if legacy:
        return _cut_off(tf.square(deviation)), _cut_off(spread) + tf.square(energies.low)
    return huber(deviation, LARGEST_DEVIATION), spread + tf.square(energies.low - energies.high)


def gaussian_energy(energies: Energies, legacy: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Return hub((E - c R)/σ), σ = high R + 1 GeV, and ln σ² + (low - high)².

    hub turns linear at sqrt(10), so that far deviations move c and σ. `legacy`: the square and ln σ² are cut off at 10,
    and low² stands for (low - high)².
    """
    true, reconstructed = energies.clipped()
    width = energies.high * reconstructed + 1
    deviation = tf.math.divide_no_nan(true - energies.factor * reconstructed, width)
    spread = tf.math.log(tf.square(width))
    if legacy:
        return _cut_off(tf.square(deviation)), _cut_off(spread) + tf.square(energies.low)
    return huber(deviation, LARGEST_DEVIATION), spread + tf.square(energies.low - energies.high)


def _cut_off(loss: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(loss, 0.0, 10.0)


def uncertainty_energy(energies: Energies) -> tuple[tf.Tensor, tf.Tensor]:
    """Return (E - c R)² / (σ² + 1e-3) and (low - high)² + ln(σ² + 1e-3), σ = high in GeV."""
    variance = tf.square(energies.high) + 1e-3
    deviation = energies.true - energies.factor * energies.reconstructed
    return tf.square(deviation) / variance, tf.square(energies.low - energies.high) + tf.math.log(variance)


def corrected_energy(energies: Energies, huber_energy_scale: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the loss of the corrected energy c R, and of the quantiles of its relative deviation.

    e = (E - c R)/sqrt(|E| + 1e-3): hub(e) if `huber_energy_scale` > 0, else ln(e² + 1 + 1e-5). The quantiles 16 % and
    84 % of ρ = 1 - c/C, C = clip(E/R, 0.2, 5), are learned with the pinball loss; c is not moved by them.
    """
    deviation = energies.true - energies.factor * energies.reconstructed
    deviation /= tf.sqrt(tf.abs(energies.true) + 1e-3)
    if huber_energy_scale > 0:
        loss = huber(deviation, huber_energy_scale)
    else:
        loss = tf.math.log(tf.square(deviation) + 1 + 1e-5)
    true, reconstructed = energies.clipped()
    wanted = tf.clip_by_value(tf.math.divide_no_nan(true, reconstructed + 1e-3), 0.2, 5)
    relative = 1 - tf.stop_gradient(energies.factor) / wanted
    return loss, _pinball(relative - energies.low, 0.16) + _pinball(relative - energies.high, 0.84)


def _pinball(x: tf.Tensor, quantile: float) -> tf.Tensor:
    return tf.maximum(quantile * x, (quantile - 1) * x)


def total_energy(
    energies: Energies, huber_energy_scale: float, energy_den_offset: float, alternative: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the loss of a directly predicted energy, softly clipped at 0.2, and no uncertainty."""
    true, predicted = tf.maximum(energies.true, 1e-4), energies.factor
    difference, square_root = true - predicted, tf.sqrt(true + 1e-3)
    if huber_energy_scale > 0:
        relative = tf.math.divide_no_nan(tf.abs(difference), square_root + energy_den_offset)
        loss = huber(relative, huber_energy_scale * square_root)
    elif alternative:
        loss = tf.math.log(tf.square(difference) / (true + 1e-3) + 1)
    else:
        loss = tf.square(difference) / (true + 1e-3)
    return _softly_clipped(loss, 0.2), tf.zeros_like(loss)


def _softly_clipped(value: tf.Tensor, start: float) -> tf.Tensor:
    """Return `value` below `start`, and a logarithm above it."""
    scaled = value / start
    # The logarithm is kept away from arguments below 0, where it is not used but its gradient would not be a number.
    above = 0.1 * tf.math.log((tf.maximum(scaled, 1.0) - 0.9) / 0.1) + 1
    return tf.where(scaled > 1, above, scaled) * start


def position_loss(true: tf.Tensor, predicted: tf.Tensor) -> tf.Tensor:
    """Return hub_10(sqrt(|t - p|²/100 + 0.01)), [hits, 1]: distances in 10 cm; as many columns as are predicted."""
    difference = true[:, : predicted.shape[1]] - predicted
    distance = tf.sqrt(tf.reduce_sum(tf.square(difference), axis=1, keepdims=True) / 100 + 1e-2)
    return huber(distance, 10.0)


def time_loss(
    true: tf.Tensor, predicted: tf.Tensor, uncertainty: tf.Tensor, reconstructed_energy: tf.Tensor
) -> tf.Tensor:
    """Return (t - p)²/(u² + 0.1) + u², u = max(uncertainty, 0), [hits, 1]; 0 below 1 GeV of reconstructed energy."""
    variance = tf.square(tf.nn.relu(uncertainty))
    loss = tf.math.divide_no_nan(tf.square(true - predicted), variance + 0.1) + variance
    return tf.where(reconstructed_energy < 1, tf.zeros_like(loss), loss)


def object_weights(true_energy: tf.Tensor, alternative: bool, squared: bool = False) -> tf.Tensor:
    """Return ω = clip((E - 0.5 GeV)/9.5 GeV, 0, 1), [hits, 1]; `alternative` multiplies it with E/50 GeV + 0.01.

    `squared`: (E/33 GeV)² instead.
    """
    if squared:
        return tf.square(true_energy / 33)
    weights = tf.nn.relu(tf.where(true_energy > 10, tf.ones_like(true_energy), (true_energy - 0.5) / 9.5))
    return weights * (true_energy / 50 + 0.01) if alternative else weights
