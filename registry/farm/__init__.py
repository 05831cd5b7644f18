"""Runs many commands at once: here, on a running dask scheduler, or in the jobs of a batch system."""
