"""The command ``backproof``, and ``python -m backproof``."""

from .interrupts import ignore, take_over


def main() -> None:
    """Run the command line in a process of its own."""
    take_over()  # first: Ctrl-C may come while the rest is being loaded
    from .cli import main as run

    try:
        run()
    finally:
        ignore()  # a signal that comes so late would else kill Python in the midst of its end


if __name__ == "__main__":
    main()
