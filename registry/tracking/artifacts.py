"""What a graph is found by: the beginnings of addresses, and what a run holds of it."""

GIT = "git:"
"""Start of an address that names a revision: "git:REV:PATH"."""

CONFIG = "graph/config.yaml"
"""Artifact of a run: the configuration that ran, after all files and settings."""

GRAPH_TAG = "graph.file"

SOURCE = "source"
"""Folder of a run's artifacts: the files that the graph, its options and its plugins were read from."""

FOLDER = "graph/folder.txt"
"""Artifact of a run: the folder that its files lay in, where data that they name may be."""

PLUGINS = "graph/plugins.json"
"""Artifact of a run: its plugins, and where they are kept."""
