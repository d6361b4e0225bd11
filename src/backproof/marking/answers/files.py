"""Answers files: a learner's numbers, and the network and the data that they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ...activations import Array
from ...backprop import Objective, objective
from ...checks import numbers
from ...data.load import data_of, is_table
from ...errors import InputError
from ...network import NETWORK_FORM, Layer, Network, network_of
from ...prose import comma_list
from ...reading import is_folder, read_text
from ...settings import TRAINING
from .content import SUBJECT, Content, check_entries
from .documents import read_document
from .rounding import Rounding
from .spreadsheet import read_spreadsheet

MOST_BYTES = 2**24  # of an answers file
ANSWER_ENDINGS = (".toml", ".json", ".csv")
OF_LAYERS = ("W", "b", "activation", "frozen_bias")  # what ``[[layers]]`` may hold


@dataclass(frozen=True)
class Paper:
    """What an answers file holds: the learner's numbers, and what they are about.

    Parameters
    ----------
    path : of the file
    answers : by the name that they wrote, numbers with their digits
    places : by that name, the line
    settings : the rest of the file
    """

    path: Path
    answers: Mapping[str, Any]
    places: Mapping[str, str]
    settings: Mapping[str, Any]

    def objective(self) -> Objective:
        """Return what the file is about: the network and the data that it names, the example
        weights and the penalty; raise `InputError` if there are none, or they don't fit.
        """
        check_entries(self.settings, SUBJECT, str(self.path))
        settings = plain_numbers({name: self.settings.get(name) for name in (*SUBJECT, "l2")})
        settings = {name: value for name, value in settings.items() if value is not None}
        net = self._network(settings)
        x, y = self._data(settings)
        weights, l2 = settings.get("example_weights"), settings.get("l2", 0.0)
        try:
            return objective(net, x, y, example_weights=weights, l2=l2)
        except InputError as error:
            raise self._own(error) from None

    @property
    def learning_rate(self) -> float | None:
        """The learning rate that the file names, None if it names none; raise `InputError` if it is
        no number.
        """
        rate = self.settings.get("learning_rate")
        if rate is None:
            return None
        try:
            return TRAINING["learning_rate"].require(plain_numbers(rate))
        except InputError as error:
            raise self._own(error) from None

    @property
    def rounding(self) -> Rounding:
        """What the file says that its numbers were rounded to; raise `InputError` if that can't
        be.
        """
        try:
            return Rounding(self.settings.get("decimals"), self.settings.get("figures"))
        except InputError as error:
            raise self._own(error) from None

    def _own(self, message: object) -> InputError:
        return InputError(f"{self.path}: {message}")

    def _how(self, spreadsheet: str, document: str) -> str:
        """Return how something is written in this file, of the ways in a spreadsheet and in a
        document.
        """
        return spreadsheet if self.path.suffix.lower() == ".csv" else document

    def _network(self, settings: Mapping[str, Any]) -> Network:
        given = settings.get("network")
        if isinstance(given, str):
            if "layers" in settings:
                raise self._own("it names a network and has [[layers]] too: which is it?")
            net = Network.from_json(self.path.parent / given)
        elif isinstance(given, dict):
            form = {"format": NETWORK_FORM.format, "version": NETWORK_FORM.version}
            net = network_of(form | given, str(self.path))
        elif "layers" in settings:
            net = self._network_of_layers(settings["layers"])
        else:
            how = self._how(
                "a row network,net.json",
                'network = "net.json", or [[layers]] with W, b and activation',
            )
            raise self._own(f"it names no network: add {how}; or a teacher's --key.")
        try:
            return net.with_loss(settings.get("loss"))
        except InputError as error:
            raise self._own(error) from None

    def _network_of_layers(self, layers: Any) -> Network:
        """Return the network of ``[[layers]]``."""
        whole = isinstance(layers, list) and all(
            isinstance(layer, dict) and "W" in layer for layer in layers
        )
        if not whole:
            raise self._own("each [[layers]] needs W, b and activation.")
        strange = [key for layer in layers for key in layer if key not in OF_LAYERS]
        if strange:
            raise self._own(
                f"[[layers]] has an unknown entry {strange[0]!r}. Known: {comma_list(OF_LAYERS)}."
            )
        try:
            return Network([Layer(**{"b": None} | layer) for layer in layers])
        except InputError as error:
            raise self._own(error) from None

    def _data(self, settings: Mapping[str, Any]) -> tuple[Array, Array]:
        if "x" in settings and "y" in settings:
            return self._data_here(settings["x"], settings["y"])
        name = settings.get("problem")
        if not isinstance(name, str):
            how = self._how(
                "a row problem,xor, or blocks x and y",
                'problem = "xor", or x = [[0, 0], …] and y = [[0], …]',
            )
            raise self._own(f"it names no data: add {how}; or a teacher's --key.")
        try:
            data = data_of(self.path.parent / name if is_table(name) else name)
        except InputError as error:
            raise self._own(error) from None
        return data.x, data.y

    def _data_here(self, x: Any, y: Any) -> tuple[Array, Array]:
        """Return the data that stand in the file itself; y of one output may be a flat list."""
        if isinstance(y, list) and y and not any(isinstance(value, list) for value in y):
            y = [[value] for value in y]
        try:
            return numbers("x", x, 2), numbers("y", y, 2)
        except InputError as error:
            raise self._own(error) from None


def plain_numbers(value: Any) -> Any:
    """Return a document with its Decimals as floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_numbers(item) for item in value]
    return value


def read_answers(path: str | Path, blank: bool = False) -> Paper:
    """Read an answers file; raise `InputError` that names the file and the line of what can't be
    read.

    `blank` : it may hold no answers, as a teacher's key
    """
    path = Path(path)
    found = _content(path, _text(path), blank)
    return Paper(path, found.answers, found.places, found.settings)


def _content(path: Path, text: str, blank: bool) -> Content:
    ending = path.suffix.lower()
    if ending not in ANSWER_ENDINGS:
        raise InputError(f"{path}: answers are a .toml, .json or .csv file.")
    if ending == ".csv":
        return read_spreadsheet(path, text)
    return read_document(path, text, blank)


def _text(path: Path) -> str:
    if is_folder(path):
        raise InputError(f"{path} is a folder: name its files, or give --key to mark a class.")
    return read_text(path, "save it as such (in a spreadsheet: CSV UTF-8)", MOST_BYTES)
