"""A class: exercise sheets with their keys, and many answers files marked at once."""
