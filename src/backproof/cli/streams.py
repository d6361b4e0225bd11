"""What standard output and standard error can show: a character that their encoding doesn't have is
written in others, never an error.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import sys
import unicodedata

REPLACE = "backproof.replace"  # the name of our way to replace, as codecs know it
# 7 bits under another name: click takes ASCII for a mistake, and would write UTF-8
SEVEN_BITS = "backproof_seven_bits"

# in ASCII, of the signs that are printed; of a letter with an accent the letter is left
SIGNS = {
    "−": "-", "–": "-", "—": "-", "─": "-", "═": "=", "×": "x", "·": "*", "⊙": "(*)",
    "½": "1/2", "√": "sqrt", "∑": "Sum", "Σ": "Sum", "∂": "d", "δ": "delta", "η": "eta",
    "λ": "lambda", "σ": "sigma", "π": "pi", "φ": "phi", "θ": "theta", "ε": "epsilon",
    "α": "alpha", "β": "beta", "γ": "gamma", "μ": "mu", "ω": "omega", "Δ": "Delta",
    "ℒ": "L", "∞": "inf", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∝": "~", "±": "+/-",
    "→": "->", "←": "<-", "↔": "<->", "′": "'", "″": "''", "ᵀ": "^T", "²": "^2", "³": "^3",
    "…": "...", "⋮": ":", "⋱": ":", "‘": "'", "’": "'", "“": '"', "”": '"', "•": "-",
    "⎡": "[", "⎢": "[", "⎣": "[", "⎤": "]", "⎥": "]", "⎦": "]",
    "⎛": "(", "⎜": "(", "⎝": "(", "⎞": ")", "⎟": ")", "⎠": ")",
    "⎧": "{", "⎨": "{", "⎩": "{", "⎪": "{",
}  # fmt: skip


def replace_what_cannot_be_shown() -> None:
    """Let standard output and standard error replace what their encoding doesn't have, whatever is
    written to them from now on.
    """
    codecs.register(_seven_bits)
    codecs.register_error(REPLACE, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not so in a notebook
            stream.reconfigure(encoding=_encoding(stream.encoding), errors=REPLACE)


def _encoding(name: str) -> str:
    return SEVEN_BITS if codecs.lookup(name).name == "ascii" else name


def _seven_bits(name: str) -> codecs.CodecInfo | None:
    if name != SEVEN_BITS:
        return None
    ascii = codecs.lookup("ascii")
    return codecs.CodecInfo(
        ascii.encode,
        ascii.decode,
        ascii.streamreader,
        ascii.streamwriter,
        ascii.incrementalencoder,
        ascii.incrementaldecoder,
        name=SEVEN_BITS,
    )


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for the characters that can't be encoded, as an error handler of codecs
    does.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


def in_ascii(text: str) -> str:
    """Return a text in ASCII: signs, Greek letters and accents written so, ``?`` for others."""
    return "".join(map(_character_in_ascii, text))


def _character_in_ascii(character: str) -> str:
    if character.isascii():
        return character
    if character in SIGNS:
        return SIGNS[character]
    bare = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return bare or "?"


def speaks_unicode() -> bool:
    """Whether standard output has every character."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return codecs.lookup(encoding).name.startswith("utf")


def document_shown(text: str, form: str) -> str:
    """Return a document in a format of the same characters whatever standard output can show: a
    page of HTML and a LaTeX file say that they are UTF-8.
    """
    if speaks_unicode():
        return text
    match form:
        case "html":
            return text.encode("ascii", "xmlcharrefreplace").decode()
        case "latex":
            return in_ascii(text)
    return text


def json_shown(text: str) -> str:
    """Return a JSON text that standard output can show, which reads back to the same."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return re.sub(r"[^\x00-\x7f]", lambda found: json.dumps(found[0])[1:-1], text)
    return text
