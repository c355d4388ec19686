"""Learns the weights of `careline.safety.likeness` from labelled messages. `python -m learning` writes them."""
