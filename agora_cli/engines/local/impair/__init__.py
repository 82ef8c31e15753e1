"""A bad network, rehearsed on this machine: `model` decides what happens to a packet, `link` does it in time."""
