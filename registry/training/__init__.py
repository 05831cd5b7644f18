"""Training: options, data feeding, stages, checkpoints. `options` and `schedule` import no TensorFlow."""
