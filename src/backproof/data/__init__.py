"""Data to learn from: the problems by name, and tables of one's own."""
