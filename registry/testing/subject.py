"""A block with parameters, as the laws try it: its inputs, arrays for them, its layer, and what the layer returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from registry.contract.block import Block
from registry.testing.inputs import Inputs, inputs_of

if TYPE_CHECKING:
    from registry.testing.holding import Held
    from registry.testing.running import Running
    from registry.testing.tracing import Traced
    from registry.testing.values import Values

NETWORK = ("preprocessing", "layer", "normalisation", "loss", "transform")
"""Kinds of blocks that have a layer of Keras."""

SEED = 3
"""Weights begin with it."""


HELD = (300, 200)
"""Hits of the events for which costs are counted."""


class Subject:
    """A block with parameters; what is made of them is made once.

    `optional`: it is tried with all optional inputs. `erratic`: it was found to give other numbers every time.
    """

    def __init__(self, kind: type[Block], given: Mapping[str, Any], optional: bool = True) -> None:
        self.kind, self.given, self.optional = kind, dict(given), optional
        self.erratic = False

    def fresh(self, **changes: Any) -> Block:
        """Return a new block of these parameters, some of them changed."""
        return self.kind(self.kind.Params(**{**self.given, **changes}))

    @cached_property
    def block(self) -> Block:
        """The block."""
        return self.fresh()

    @property
    def takes_given(self) -> bool:
        """It can be made of the parameters; a loader without any lacks its file."""
        return bool(self.given) or self.kind.kind != "loader"

    @cached_property
    def inputs(self) -> Inputs:
        """Inputs that the block takes."""
        return inputs_of(self.block, self.optional)

    def values(self, sizes: Sequence[int], seed: int = 0, spread: float = 1.0) -> Values:
        """Return arrays for its inputs, for events of these sizes."""
        from registry.testing.values import values_of

        return values_of(self.block, self.inputs, sizes, seed, spread)

    @cached_property
    def running(self) -> Running:
        """Its layer, with the weights that it begins with."""
        return self.new()

    @cached_property
    def graph(self) -> Traced:
        """Its layer as a graph, which is traced once."""
        from registry.testing.tracing import Traced

        return Traced(self.running, self.inputs)

    @cached_property
    def held(self) -> Held:
        """What a call of its layer costs, for events of HELD hits."""
        from registry.testing.holding import held

        return held(self.running, self.values(HELD))

    def new(self, **changes: Any) -> Running:
        """Return a new layer of it, with some parameters changed; its weights begin as those of every other."""
        import keras

        from registry.testing.running import Running

        keras.utils.set_random_seed(SEED)
        return Running(self.fresh(**changes) if changes else self.block)
