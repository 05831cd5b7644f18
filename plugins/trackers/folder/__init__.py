"""Keeps runs as plain files, a folder for each: no database, no server, nothing that two runs share."""
