"""Ways to keep runs: a folder per tracker, whose `tracking.py` names it in `TRACKING`."""
