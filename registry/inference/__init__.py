"""Runs trained networks on events: predictions as tables, clusters and showers."""
