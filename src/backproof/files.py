"""Paths as they are given, and values as JSON text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .errors import InputError
from .prose import shown


def as_path(path: Any) -> Path:
    """Return what names a file or a folder as a path; raise `InputError` for what is no path."""
    try:
        return Path(path)
    except TypeError:
        raise InputError(f"a path must be a string or a Path, got {shown(path)}.") from None


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: arrays as lists, and numbers that aren't finite as "inf",
    "-inf", "nan".
    """
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # inf, -inf, nan
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def dumps(document: Any) -> str:
    """Return a document as JSON text: floats as the shortest decimals that read back to the same
    float64, a row of numbers to a line.
    """
    return _lines(plain(document), "") + "\n"


def _lines(value: Any, indent: str) -> str:
    inner = indent + " "
    if isinstance(value, dict) and value:
        items = (
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_lines(item, inner)}"
            for key, item in value.items()
        )
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, (list, dict)) for item in value):
        return "[\n" + ",\n".join(inner + _lines(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
