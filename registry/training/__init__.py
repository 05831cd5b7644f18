"""Trains a compiled graph: data feeding, stages, callbacks, checkpoints."""
