"""What data are like: statistics of columns, hits and objects of events, for a terminal and as JSON."""
