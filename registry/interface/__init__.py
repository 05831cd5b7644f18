"""The Python interface: graphs, runs and comparisons as objects, for scripts and notebooks."""
