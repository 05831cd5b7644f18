"""Training in several processes, the ranks: each computes a part of every step, all of them take the same one."""
