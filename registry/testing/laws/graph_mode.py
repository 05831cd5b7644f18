"""What a layer computes step by step it computes as a graph, too."""

from __future__ import annotations

from registry.testing.comparing import require_same
from registry.testing.law import PARTS, law
from registry.testing.subject import Subject

SIZES = [7, 1, 12]


@law(
    "graph mode", PARTS, "use TensorFlow's or Keras's operations alone: no Python on values, no tf.executing_eagerly()"
)
def check(subject: Subject) -> None:
    """Run the layer as a graph that was traced without knowing how many hits there are."""
    values = subject.values(SIZES)
    require_same(subject.graph(values), subject.running(values), "the graph's outputs as those without a graph")
