"""Blocks that treat every hit by itself: dense layers, normalisation, arithmetic."""
