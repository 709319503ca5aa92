"""Names a value in a Keras model: the generator asks for it, the trainer answers."""

from __future__ import annotations

from typing import NamedTuple


class Probe(NamedTuple):
    """What one layer puts out.

    Attributes:
        path: name of the layer, with the names of the models around it in front, outermost first;
            empty for the images as the model is fed with them.
        activated: after the layer's `activation` option, or before it.
    """

    path: tuple[str, ...]
    activated: bool = True


IMAGE = Probe(())
"""Shows the images as the model gets them."""
