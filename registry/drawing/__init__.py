"""Pictures of a wired graph: Mermaid, DOT, SVG, HTML and PNG; nothing here imports TensorFlow."""
