"""The derivation of a network's gradients, with symbols, numbers and reasons."""
