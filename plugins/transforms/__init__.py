"""Transforms: columns to columns before the network, fitted on the training events."""
