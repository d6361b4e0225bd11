"""Training: settings, engines, the loop, and the run that is left of it."""
