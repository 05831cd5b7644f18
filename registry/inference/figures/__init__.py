"""The figures of an evaluation, a module for each kind."""
