"""A learner's own function: the networks that it is tried on, its process, its marks."""
