"""A learner's numbers or code against the steps: marks, the catalogue of mistakes, exercise sheets,
a class.
"""
