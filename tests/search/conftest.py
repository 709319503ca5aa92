"""What the tests of the search share."""

from support.no_pictures import no_pictures

__all__ = ["no_pictures"]
