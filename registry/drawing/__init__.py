"""Pictures of a checked graph: Mermaid, DOT, SVG, HTML and PNG; nothing here imports TensorFlow."""
