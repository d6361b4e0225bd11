"""A learner's numbers or code against the steps: marks, and the mistakes behind them."""
