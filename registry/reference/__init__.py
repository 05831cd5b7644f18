"""What can be looked up: every block with its ports and parameters, as text, Markdown and JSON Schema."""
