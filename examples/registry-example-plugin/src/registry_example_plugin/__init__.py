"""Plugins for registry: a layer, a monitor, a command."""
