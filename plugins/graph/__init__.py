"""Blocks that see neighbours or whole events: GravNet, message passing, pooling, sampling."""
