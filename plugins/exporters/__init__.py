"""Exporters: a trained network as a file that runs without this package."""
