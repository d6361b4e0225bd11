"""Pictures: Axes in, Axes out. What a picture shows is computed first, as data, and then drawn.

matplotlib is imported when the first picture is drawn. With ``ax=None`` each function makes its own
figure.
"""

from __future__ import annotations

from .curves import loss as loss
from .curves import loss_by_weight as loss_by_weight
from .decision import boundary as boundary
from .diagrams import flow as flow
from .diagrams import network as network
from .movie import animation as animation
from .plane import hidden_space as hidden_space

__all__ = ["animation", "boundary", "flow", "hidden_space", "loss", "loss_by_weight", "network"]
