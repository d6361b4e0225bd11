"""The derivation as it is told: the forward pass, the loss, the error signal, the gradients and
their reasons, the update.

It goes in the order of the notes that the program comes from; docs/notes.md says where each of
their lines stands.
"""

from __future__ import annotations

from ...typesetting.document import Document
from ..worked import Worked
from .forward import ForwardPass
from .gradients import Gradients
from .hidden import HiddenError
from .introduction import Introduction
from .output import OutputError
from .update import Update


def story(d: Worked) -> Document:
    """Return the whole derivation as a document."""
    document = Document(d.notation)
    gradients, hidden_error = Gradients(d, document), HiddenError(d, document)
    Introduction(d, document).tell()
    ForwardPass(d, document).tell()
    OutputError(d, document).tell()
    gradients.tell(d.last)
    for layer in range(d.last - 1, 0, -1):
        hidden_error.tell(layer)
        gradients.tell(layer)
    Update(d, document).tell()
    return document
