"""Names a value in a Keras model: the generator asks for it, the trainer answers."""

from __future__ import annotations

from typing import NamedTuple


class Probe(NamedTuple):
    """What one layer puts out in one of its calls.

    Attributes:
        path: name of the layer, with the names of the models around it in front, outermost first;
            empty for the images as the model is fed with them.
        activated: after the layer's `activation` option, or before it.
        calls: which call of each of them it is, in the order in which the file lists the calls;
            empty where each is the first.
        output: which of the values that the layer puts out.
    """

    path: tuple[str, ...]
    activated: bool = True
    calls: tuple[int, ...] = ()
    output: int = 0


IMAGE = Probe(())
"""Shows the images as the model gets them."""
