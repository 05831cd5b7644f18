"""The processes that train one network together, and what they tell each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from registry.contract.errors import RunError

if TYPE_CHECKING:
    import tensorflow as tf

    from registry.training.interrupts import Interrupts

Result = TypeVar("Result")

FIRST_FAILED = "rank 0 has failed: its own message says why"


class Ranks:
    """The ranks of a training, numbered from 0: `size` of them, of which this process is `rank`; alone by default.

    What all ranks do, they do in the same order: each `total` and `shared` waits for all of them. Rank 0 validates,
    records and saves.
    """

    size = 1
    rank = 0

    @property
    def first(self) -> bool:
        """Whether this is the rank that records."""
        return self.rank == 0

    @property
    def several(self) -> bool:
        """Whether there are others."""
        return self.size > 1

    def total(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the sum over all ranks of a vector [n] float32, the same to the bit in each."""
        return vector

    def shared(self, facts: Any) -> Any:
        """Return what rank 0 gives, which JSON can hold."""
        return facts

    def by_first(self, action: Callable[[], Result]) -> Result:
        """Return what an action returns, which JSON can hold, done by rank 0 while the others wait.

        Raises what it raises there, and RunError in the others.
        """
        if not self.several:
            return action()
        result, failed = None, None
        if self.first:
            try:
                result = action()
            except BaseException as error:
                failed = error
        told = self.shared({"failed": failed is not None, "result": result})
        if failed is not None:
            raise failed
        if told["failed"]:
            raise RunError(FIRST_FAILED)
        return told["result"]  # type: ignore[no-any-return]

    def check_same(self, arrays: Iterable[Any], where: str) -> None:
        """Raise RunError in every rank if the values of one differ from rank 0's by a bit."""
        if not self.several:
            return
        found = hashlib.sha256()
        for array in arrays:
            found.update(np.ascontiguousarray(array).tobytes())
        own = found.hexdigest()
        differ = self.total(np.array([float(own != self.shared(own))], np.float32))
        if float(differ[0]):
            raise RunError(f"{where}: the weights of {int(differ[0])} of {self.size} ranks are not those of rank 0")

    def held(self, interrupts: Interrupts) -> AbstractContextManager[None]:
        """Raise no interrupt inside but where all ranks agree on it: one that left alone would let the others wait."""
        return interrupts.held() if self.several else nullcontext()

    def agree(self, interrupts: Interrupts) -> None:
        """Raise KeyboardInterrupt in every rank if a signal has asked one of them to end."""


ALONE = Ranks()
"""A training in one process."""
