"""The loops that minimise an objective over the pixels of an image.

What is minimised comes from :mod:`flowstyle.losses`.
"""

from flowstyle.optimize.adam import minimise
from flowstyle.optimize.result import Result

__all__ = ["Result", "minimise"]
