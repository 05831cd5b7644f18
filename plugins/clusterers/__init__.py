"""Read-outs: from what the network says of each hit to clusters."""
