"""Matchers: which cluster found which true object."""
