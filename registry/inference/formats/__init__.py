"""The files that predictions are written as, a module each, by the ending of their names."""
