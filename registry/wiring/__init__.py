"""An expanded graph to a checked DAG: references, parameters, symbolic shapes, fingerprints."""
