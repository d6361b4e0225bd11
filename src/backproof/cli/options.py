"""Options of the command line, made from the table of settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..errors import InputError, choose
from ..settings import CHOICE, COLUMN, NUMBER, SEED, SWITCH, WHOLE, WIDTHS, Setting

Command = Callable[..., Any]


class OneOf(click.ParamType):  # type: ignore[type-arg]
    """A name out of a list; an unknown one is answered with the nearest."""

    def __init__(self, kind: str, names: Iterable[str]) -> None:
        self.kind, self.names, self.name = kind, tuple(names), kind.upper()

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return self.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            choose(self.kind, value, dict.fromkeys(self.names))
        except InputError as error:
            self.fail(str(error), param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(name) for name in self.names if name.startswith(incomplete)]


class Whole(click.ParamType):  # type: ignore[type-arg]
    """Whole numbers from 1 up, separated by commas; ``none`` for none."""

    name = "N,N…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        if isinstance(value, list):
            return value
        parts = [part.strip() for part in value.split(",")] if value != "none" else []
        if not all(part.isascii() and part.isdigit() and int(part) >= 1 for part in parts):
            self.fail(
                f"{value!r} is not a list of whole numbers from 1 up, such as 2 or 8,4.", param, ctx
            )
        return [int(part) for part in parts]


def setting_options(settings: Iterable[Setting], note: str = "") -> Callable[[Command], Command]:
    """Return a decorator that adds an option for each setting, none of which is given by default.

    A `note` says in parentheses what they are for.
    """

    def decorated(command: Command) -> Command:
        for setting in reversed(list(settings)):
            command = setting_option(setting, note=note)(command)
        return command

    return decorated


def setting_option(
    setting: Setting, help: str = "", usual: str = "", default: Any = None, note: str = ""
) -> Callable[[Command], Command]:
    """Return a decorator that adds the option of a setting.

    Parameters
    ----------
    help, usual : in place of both of the setting's own, where a command means it otherwise
    default : what the command gets where the option isn't given
    note : what it is for, in parentheses
    """
    flag = "--" + (setting.flag or setting.name).replace("_", "-")
    text = help or setting.help
    if setting.choices and setting.shown:
        text += f": {', '.join(setting.choices)}"
    if note:
        text += f" ({note})"
    text = f"{text[0].upper()}{text[1:]}."
    usual = usual if usual or help else _usual(setting)
    if usual:
        text += f" [default: {usual}]"
    if setting.kind == SWITCH:
        return click.option(f"{flag}/--no-{flag[2:]}", default=default, help=text)
    metavar = "COLUMN" if setting.kind == COLUMN else None
    return click.option(flag, type=_type(setting), default=default, metavar=metavar, help=text)


def _type(setting: Setting) -> Any:
    if setting.kind == CHOICE:
        return OneOf(setting.noun or setting.name, setting.choices)
    return {
        NUMBER: float,
        WHOLE: int,
        SEED: click.IntRange(0),
        WIDTHS: Whole(),
        COLUMN: str,
    }[setting.kind]


def _usual(setting: Setting) -> str:
    """Return the usual value in words, none where there is none."""
    if setting.usual or setting.default is None:
        return setting.usual
    default = setting.default
    return f"{default:g}" if isinstance(default, float) else str(default)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json` and `--quiet`."""
    command = click.option(
        "--quiet", "-q", is_flag=True, help="Say nothing but errors (and the JSON, if asked)."
    )(command)
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="One JSON document on standard output, remarks on standard error.",
    )(command)
