"""Asking long work to end: a token that is handed down to whoever works."""

from __future__ import annotations


class Cancelled(Exception):
    """The caller asked for an end in the middle of a frame; nothing of that frame is kept."""


class CancelToken:
    """Set once, from any thread or signal handler; asked before every iteration.

    Args:
        parent: also counts as cancelled when this one is.

    Example:
        >>> whole = CancelToken()
        >>> part = CancelToken(whole)
        >>> whole.cancel()
        >>> part.cancelled
        True
    """

    def __init__(self, parent: CancelToken | None = None) -> None:
        self._parent = parent
        self._signum: int | None = None

    def cancel(self, signum: int = 0) -> None:
        """Ask for an end.

        Args:
            signum: the signal that asked, 0 for none.
        """
        self._signum = signum

    @property
    def cancelled(self) -> bool:
        """Whether an end was asked for."""
        return self.signum is not None

    @property
    def signum(self) -> int | None:
        """The signal that asked, 0 where it was no signal; None while nobody has asked."""
        if self._signum is None and self._parent is not None:
            return self._parent.signum
        return self._signum

    def check(self, where: str = "") -> None:
        """End the work if that was asked for.

        Args:
            where: how far it came.

        Raises:
            Cancelled: an end was asked for.
        """
        if self.cancelled:
            raise Cancelled(where)
