"""In which order files are tested: the longest first, so that neither process waits for the other at the end."""

from __future__ import annotations

LONGEST = (
    # The kernels are compiled by the first of these, while the other process has files that need none.
    "console/test_every_command.py",
    "drawing/test_forms.py",
    "test_wheel.py",
    # By what they take; what is not listed comes after them.
    "docs/test_pages.py",
    "training/test_authors.py",
    "graphs/test_architectures.py",
    "plugins/losses/object_condensation/test_laws.py",
    "training/test_run.py",
    "training/test_trackers.py",
    "training/test_resuming.py",
    "graphs/test_pre_models.py",
    "training/strategies/test_together.py",
    "training/test_going_on.py",
    "training/test_several.py",
    "plugins/trackers/mlflow/serving/test_serving.py",
    "plugins/trackers/mlflow/test_server.py",
    "training/test_plan_and_profile.py",
    "interface/test_run.py",
    "interface/test_models.py",
    "training/strategies/test_accumulating.py",
    "training/test_learning.py",
    "inference/test_evaluate.py",
    "inference/test_trained.py",
    "loading/test_plugins.py",
    "plugins/trackers/mlflow/test_client.py",
    "errors/test_mutations.py",
    "training/strategies/test_learning_rate.py",
    "test_new.py",
    "plugins/kernels/test_potentials.py",
    "plugins/kernels/test_aggregation.py",
    "plugins/kernels/test_neighbours.py",
    "plugins/graph/gravnet/test_gravnet.py",
    "training/strategies/test_sparing.py",
    "compiling/test_usable.py",
    "plugins/test_parameters_are_built.py",
    "plugins/clusterers/test_clusterers.py",
    "plugins/losses/cluster_coordinates/test_cluster_coordinates.py",
    "plugins/graph/accumulate/test_accumulate.py",
    "errors/test_messages.py",
    "test_rooms.py",
)
"""Files of this folder."""
