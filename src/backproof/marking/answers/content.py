"""What stands in an answers file, before anybody asks what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# what may stand in an answers file
ENTRIES = (
    "network",
    "layers",
    "loss",
    "problem",
    "x",
    "y",
    "answers",
    "learning_rate",
    "l2",
    "example_weights",
    "convention",
    "decimals",
    "figures",
    "name",
    "sheet",
    # of a teacher's key
    "asked",
    "points",
)


@dataclass(frozen=True)
class Content:
    """What stands in an answers file.

    Parameters
    ----------
    answers : by the name that was written, numbers with their digits
    places : by that name, the file and the line, for errors: ``answers.toml, line 7: ``
    settings : the rest of the file
    """

    answers: Mapping[str, Any]
    places: Mapping[str, str]
    settings: Mapping[str, Any]
