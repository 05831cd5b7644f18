"""Keeps runs in mlflow: in a local database beside the working folder, or on a tracking server."""
