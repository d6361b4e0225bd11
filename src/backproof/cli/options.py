"""Options of the command line, made from the table of settings; and how they are spoken of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from ..errors import InputError, choose
from ..prose import comma_list
from ..settings import CHOICE, COLUMN, NUMBER, SEED, SWITCH, WHOLE, WIDTHS, Setting

Command = Callable[..., Any]
Given = Mapping[str, Any]


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


class PathName(click.Path):
    """The name of a file or a folder, which isn't empty."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("the name is empty: leave the option out, or name a file or a folder.")
        return super().convert(value, param, ctx)


class Whole(click.ParamType):  # type: ignore[type-arg]
    """Whole numbers from 1 up, separated by commas; ``none`` for none."""

    name = "N,N…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        if isinstance(value, list):  # click asks that a value of the right type be let through
            return value
        if value == "none":
            return []
        parts = [part.strip() for part in value.split(",")]
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
        # the decorator that comes last stands first in the help
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
    name = flag(setting.flag or setting.name)
    text = help or setting.help
    if setting.choices and setting.shown:
        text += f": {comma_list(setting.choices)}"
    if note:
        text += f" ({note})"
    text = f"{text[0].upper()}{text[1:]}."
    if not usual and not help:
        usual = _usual(setting)
    if usual:
        text += f" [default: {usual}]"
    if setting.kind == SWITCH:
        return click.option(f"{name}/--no-{name[2:]}", default=default, help=text)
    metavar = "COLUMN" if setting.kind == COLUMN else None
    return click.option(name, type=_type(setting), default=default, metavar=metavar, help=text)


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
    default = setting.default
    if setting.usual or default is None:
        return setting.usual
    return f"{default:g}" if isinstance(default, float) else str(default)


def output_options(command: Command) -> Command:
    """Add `--json` and `--quiet`."""
    command = click.option(
        "--quiet", "-q", is_flag=True, help="No output except errors (and the JSON, if asked for)."
    )(command)
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        help="One JSON document on standard output, remarks on standard error.",
    )(command)


def flag(name: str) -> str:
    """Return an option as the user writes it, by the name that Python has for it."""
    return "--" + name.replace("_", "-")


def given_options(options: Given) -> dict[str, Any]:
    """Return the options that have a value, from the user or by default."""
    return {name: value for name, value in options.items() if value is not None}


def refuse(given: Given, names: Iterable[str], why: str) -> None:
    """Raise `InputError` that says why, if any of these options is given."""
    used = [flag(name) for name in names if name in given]
    if used:
        raise InputError(f"{comma_list(used)}: {why}")
