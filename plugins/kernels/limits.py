"""How far the neighbour search reaches: what blocks declare as bounds and the search checks."""

MAX_DIMENSIONS = 10
MAX_NEIGHBOURS = 512
