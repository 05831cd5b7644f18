"""Writes events in another format: as their files have them, or as a trained network hands them on."""
