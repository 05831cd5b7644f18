"""Finds, imports and identifies plugins; the registry of their blocks."""
