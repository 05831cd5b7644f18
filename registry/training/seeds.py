"""Seeds everything that draws numbers, and makes repeated runs equal."""

from __future__ import annotations

import keras
import tensorflow as tf


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy, TensorFlow and Keras, and ask TensorFlow for operations that repeat bit by bit."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
