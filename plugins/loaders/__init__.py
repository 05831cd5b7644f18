"""Where events come from: a seeded shower generator, and arrays in a file."""
