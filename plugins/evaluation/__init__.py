"""From the network's outputs to physics: clusters, matches to objects, efficiency, purity, fakes, and baselines."""
