"""A learner's answers as they are written: files, names, numbers and their digits."""
