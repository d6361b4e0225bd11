"""The engines: what computes the steps of a training."""
