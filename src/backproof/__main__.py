"""``python -m backproof`` is the command line."""

from .cli import main

main()
