"""YAML text to an expanded graph: marks, configuration layers, interpolation, repeats, sub-graphs. Pure data."""
