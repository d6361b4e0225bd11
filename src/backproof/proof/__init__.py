"""The proof of a gradient: by symbols, by balls that hold the true value, by differences."""
