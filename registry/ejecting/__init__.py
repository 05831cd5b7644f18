"""A checked graph as one Python script: the source of the layers it uses, and a line for each node."""
