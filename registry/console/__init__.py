"""What the terminal shows: progress, tables, errors, notices."""
