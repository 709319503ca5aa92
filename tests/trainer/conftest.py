"""What the tests of the trainer share."""

from support.no_pictures import no_pictures

__all__ = ["no_pictures"]
