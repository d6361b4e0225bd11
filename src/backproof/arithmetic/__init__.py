"""The steps in other kinds of number: floats, stacks, formulas, symbols, balls and intervals.

The formulas of the steps use NumPy's operators, so any array that has them will do. What they call
by name (``f1``, ``df1``, ``L``, ``contract`` …) is made for each kind from the records of the
activations and the loss: see `contract.Arithmetic`.
"""
