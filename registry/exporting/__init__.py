"""Trained models as files that run without this package, each proved equal to the model before it is given out."""
