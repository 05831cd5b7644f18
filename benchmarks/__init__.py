"""Speed and memory of the kernels and of a training step, side by side with the alternatives."""
