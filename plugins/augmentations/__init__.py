"""Augmentations: hits of training events, changed otherwise in every epoch."""
