"""The Keras layer of GravNet."""

from __future__ import annotations

from typing import Any, Literal

import keras

from registry.contract.layer import Shape
from registry.plugins.graph.gravnet import block
from registry.plugins.graph.learned_space.layer import LearnedSpaceLayer
from registry.plugins.kernels.aggregation import exchange
from registry.plugins.kernels.neighbours import nearest_neighbours
from registry.plugins.shared.distance_weights import WEIGHT_SCALE


@keras.saving.register_keras_serializable("registry")
class GravNet(LearnedSpaceLayer):
    """Neighbours in a learned space, and what each hit gathers from them; shapes as in `LearnedSpaceLayer`."""

    block = block.GravNet
    sent_by = "gather"
    n_sent = 1
    n_found = 2

    def setup(self) -> None:
        """Find the activation."""
        self._activation = keras.activations.get(self.feature_activation)

    def build(self, x_shape: Shape, row_splits_shape: Shape, coordinate_features_shape: Shape | None = None) -> None:
        """Make the kernels and biases, and the radius that recorded weights carry."""
        super().build(x_shape, row_splits_shape, coordinate_features_shape)
        self._radius = self.add_weight(shape=(), initializer="ones", trainable=False, name="dynamic_radius")

    def call(self, x: Any, row_splits: Any, coordinate_features: Any = None) -> dict[str, Any]:
        """Return features, coordinates, neighbour indices and squared distances."""
        sent, coordinates = self._activation(self.sent(x)), self.coordinates(x, coordinate_features)
        indices, distances = nearest_neighbours(coordinates, row_splits, self.n_neighbours)
        normalise_by: Literal["sum_of_weights"] | None = "sum_of_weights" if self.sumwnorm else None
        # What is gathered is as wide as the output: it is computed again rather than kept.
        found = exchange(sent, distances, indices, WEIGHT_SCALE, 1, normalise_by, keep=False)
        return self.outputs(self.features(found, x), coordinates, indices, distances)
