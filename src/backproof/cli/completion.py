"""``backproof completion``: the script for the shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print the script that lets SHELL (bash, zsh, fish) complete commands, options and names.

    \b
    Example, for this session of bash:
      eval "$(backproof completion bash)"
    """
    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"this version of click has no completion for {shell}.")
    # not `source()`, which runs bash to look for its version and fails where there is none
    root = click.get_current_context().find_root().command
    script = made(root, {}, "backproof", "_BACKPROOF_COMPLETE")
    click.echo(script.source_template % script.source_vars())
    return 0
