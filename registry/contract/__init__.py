"""What a plugin sees: blocks with ports and parameters, axes, events, monitors, layers, hooks, errors."""
