"""Shows runs that lie anywhere on mlflow's pages: of a folder that was moved, is read-only or slow, a copy is shown."""
