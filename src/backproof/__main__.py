"""The command ``backproof``, and ``python -m backproof``."""

from .interrupts import take_over


def main() -> None:
    """Run the command line in a process of its own."""
    take_over()  # first: Ctrl-C may come while the rest is being loaded
    from .cli import main as run

    run()


if __name__ == "__main__":
    main()
