"""How a value changes along a stage of training."""
