"""Writes plugins to begin with: a template for each kind, with ports as they were asked for."""
