"""Monitors: plots of learned spaces, and the clustering efficiency and purity on held-out events."""
