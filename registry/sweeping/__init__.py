"""Sweeps: variants of a graph, each trained in a process of its own; Optuna chooses them, and keeps what they gave."""
