"""The version of the package, for the command line and a run's file."""

__version__ = "0.1.0"
