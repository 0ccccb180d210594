"""The loops that minimise an objective over the pixels of an image."""

from flowstyle.optimize.adam import minimise
from flowstyle.optimize.result import Result

__all__ = ["Result", "minimise"]
