"""The Keras layer behind blocks that look for neighbours in a learned space."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import tensorflow as tf

from registry.contract.layer import BlockLayer, Shape
from registry.plugins.graph.learned_space.initializer import EyeInitializer


class LearnedSpaceLayer(BlockLayer):
    """The weights, the learned space and the outputs of `LearnedSpaceBlock`.

    Input shape: x [hits, features], row_splits [events + 1], coordinate_features [hits, extra] (optional).
    Output shape: features [hits, n_filters], coordinates [hits, n_dimensions], neighbour_indices and squared_distances
    [hits, n_neighbours + 1] (n_neighbours without `return_self`).
    """

    sent_by: ClassVar[str]
    """How the names of the weights begin that make what hits send."""
    # As the block has them: an ejected layer stands without it, and the law of declared types holds them to be equal.
    n_sent: ClassVar[int]
    n_found: ClassVar[int]

    def build(self, x_shape: Shape, row_splits_shape: Shape, coordinate_features_shape: Shape | None = None) -> None:
        """Make the three kernels and two biases."""
        width = int(x_shape[-1] or 0)
        extra = int(coordinate_features_shape[-1] or 0) if coordinate_features_shape else 0
        sent, found = (times * self.n_propagate for times in (self.n_sent, self.n_found))
        noise = self.coord_initialiser_noise
        space = "glorot_uniform" if noise is None else EyeInitializer(stddev=noise)
        self._sent_kernel = self.add_weight(shape=(width, sent), name=f"{self.sent_by}_kernel")
        self._sent_bias = self.add_weight(shape=(sent,), initializer="zeros", name=f"{self.sent_by}_bias")
        self._space = self.add_weight(shape=(extra + width, self.n_dimensions), initializer=space, name="space_kernel")
        self._output_kernel = self.add_weight(shape=(found + width, self.n_filters), name="output_kernel")
        self._output_bias = self.add_weight(shape=(self.n_filters,), initializer="zeros", name="output_bias")

    def sent(self, x: Any) -> Any:
        """Return what is computed of each hit for others."""
        return x @ self._sent_kernel + self._sent_bias

    def coordinates(self, x: Any, coordinate_features: Any) -> Any:
        """Return the learned space [hits, n_dimensions]."""
        return (x if coordinate_features is None else tf.concat([coordinate_features, x], axis=-1)) @ self._space

    def features(self, found: Any, x: Any) -> Any:
        """Return the features [hits, n_filters] of what each hit has found."""
        # Two products: what they are made of need not be joined, nor its gradient cut.
        kernel, width = self._output_kernel, found.shape[-1]
        return tf.nn.relu(found @ kernel[:width] + (x @ kernel[width:] + self._output_bias))

    def outputs(self, features: Any, coordinates: Any, indices: Any, distances: Any) -> dict[str, Any]:
        """Return the outputs by name; the first neighbour that was found is the hit itself."""
        # Untouched, the indices share what kernels make of them with all that use them.
        if not self.return_self:
            indices, distances = indices[:, 1:], distances[:, 1:]
        return {
            "features": features,
            "coordinates": coordinates,
            "neighbour_indices": indices,
            "squared_distances": distances,
        }

    def compute_output_spec(self, x: Any, row_splits: Any, coordinate_features: Any = None) -> dict[str, Any]:
        """Return the four shapes."""
        hits, columns = x.shape[0], self.n_neighbours + int(self.return_self)
        return {
            "features": keras.KerasTensor((hits, self.n_filters), self.compute_dtype),
            "coordinates": keras.KerasTensor((hits, self.n_dimensions), self.compute_dtype),
            "neighbour_indices": keras.KerasTensor((hits, columns), "int32"),
            "squared_distances": keras.KerasTensor((hits, columns), self.compute_dtype),
        }
