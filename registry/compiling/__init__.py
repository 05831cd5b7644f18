"""A checked DAG to Keras functional models: one for training, one for inference, probes in between."""
