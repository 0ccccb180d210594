"""Parts that can be chosen by name: one table for each kind, so that adding one is one line."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Generic, TypeVar

from flowstyle.core.errors import UsageError

T = TypeVar("T")


class Registry(Generic[T]):
    """Names and what makes the part that goes by each name.

    The project's own parts are given by place, ``"package.module:attribute"``, and imported when
    they are asked for: choosing one flow method loads no other. Parts of other packages are added
    by :meth:`register` before a render begins.

    Args:
        kind: what the parts are, for messages, for instance ``flow method``.
        option: the option or setting that chooses one.
        places: name to place of the project's own parts.

    Example:
        >>> squares = Registry[object]("square", "--square", {"root": "math:sqrt"})
        >>> squares.register("twice", lambda x: x + x)
        >>> squares.names()
        ['root', 'twice']
        >>> squares.get("root")(9.0)
        3.0
    """

    def __init__(self, kind: str, option: str, places: Mapping[str, str]) -> None:
        self.kind = kind
        self.option = option
        self._places = dict(places)
        self._parts: dict[str, T] = {}

    def register(self, name: str, part: T) -> None:
        """Add a part, or replace the one of that name.

        Args:
            name: what users write.
            part: what makes it; see the registry's own text.
        """
        self._parts[name] = part

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted({*self._places, *self._parts})

    def get(self, name: str) -> T:
        """What goes by a name.

        Raises:
            UsageError: nothing does; the names there are stand in the advice.
        """
        if name not in self._parts:
            if name not in self._places:
                raise UsageError(
                    f"there is no {self.kind} {name!r}",
                    self.option,
                    f"choose from {', '.join(self.names())}",
                )
            module, _, attribute = self._places[name].partition(":")
            self._parts[name] = getattr(import_module(module), attribute)
        return self._parts[name]
