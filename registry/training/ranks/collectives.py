"""Sums over ranks by TensorFlow's collectives, of which nothing but all_reduce is used."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from registry.contract.errors import RunError
from registry.training.ranks.ranks import Ranks

if TYPE_CHECKING:
    from collections.abc import Callable

    from registry.training.interrupts import Interrupts

SHORTEST = 1024
"""Numbers of the shortest vector that carries a text."""

OUT_OF_REACH = "a rank can no longer be reached: it has ended, or its machine has"


class Collectives(Ranks):
    """Ranks that reach each other over the network, by the addresses in TF_CONFIG.

    It has to be made before TensorFlow has done anything else. Each sum is a ring over the ranks (gRPC): every rank
    gets the same bits.
    """

    def __init__(self, rank: int, size: int) -> None:
        self.rank, self.size = rank, size
        options = tf.distribute.experimental.CommunicationOptions(
            implementation=tf.distribute.experimental.CommunicationImplementation.RING
        )
        # A scope of a strategy, and Keras' optimisers inside it, do not work with Keras 3: the model stays outside.
        self._strategy = tf.distribute.MultiWorkerMirroredStrategy(communication_options=options)

    def total(self, vector: tf.Tensor) -> tf.Tensor:
        """Return the sum of a vector over all ranks; raises RunError if one of them is gone."""
        try:
            return self._sum(int(vector.shape[0]))(tf.convert_to_tensor(vector))
        except tf.errors.OpError as error:
            # One that was ended before its first step sums something else than the others.
            raise RunError(OUT_OF_REACH) from error

    def shared(self, facts: Any) -> Any:
        """Return what rank 0 gives: its JSON goes round as bytes, to which the others add zeros."""
        text = json.dumps(facts).encode() if self.first else b""
        length = int(self.total(tf.constant([float(len(text))]))[0])
        # Lengths are few: each is a function that TensorFlow traces.
        own = np.zeros(max(SHORTEST, 1 << (length - 1).bit_length()), np.float32)
        own[: len(text)] = np.frombuffer(text, np.uint8)
        told = self.total(tf.constant(own)).numpy()[:length].astype(np.uint8)
        return json.loads(told.tobytes().decode())

    def agree(self, interrupts: Interrupts) -> None:
        """Raise KeyboardInterrupt in every rank if a signal has asked one of them to end."""
        if float(self.total(tf.constant([float(interrupts.received)]))[0]) > 0:
            raise KeyboardInterrupt

    @cache  # noqa: B019 -- there is one for as long as the process is
    def _sum(self, length: int) -> Callable[[tf.Tensor], tf.Tensor]:
        """Return the function that sums vectors of a length."""

        def all_reduce(vector: tf.Tensor) -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            # A tensor that is made here has a device; one that comes from outside has none that it could be sent from.
            return context.all_reduce(tf.distribute.ReduceOp.SUM, vector + 0.0)

        def total(vector: tf.Tensor) -> tf.Tensor:
            return self._strategy.run(all_reduce, args=(vector,))

        signature = [tf.TensorSpec([length], tf.float32)]
        traced: Callable[[tf.Tensor], tf.Tensor] = tf.function(total, input_signature=signature, autograph=False)
        return traced
