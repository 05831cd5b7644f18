"""Shows what differs between two graphs: as text, as Markdown, as one picture; finds graphs in git and in runs."""
