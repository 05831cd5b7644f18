"""Records runs: what ran, on what, and what came of it; in mlflow, and in any tracker a plugin adds."""
