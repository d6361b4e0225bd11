"""The derivation of a network's gradients, with symbols and numbers, and the proof of them."""
