"""Every error that the program explains to its user, each with its exit code.

The three parts of a message are *what* happened, *where*, and *what to do*. Anything that is not a
:class:`FlowstyleError` is a bug and ends with exit code 1.
"""

from __future__ import annotations

from flowstyle.core.plain import one_line

LIST = "\n- "
"""What begins each point where several things went wrong."""


class FlowstyleError(Exception):
    """Base of all errors that are explained to the user.

    Names in a message may hold anything: control characters are written out, see
    :func:`flowstyle.core.plain.one_line`.

    Args:
        what: what went wrong, one sentence without a full stop; a list where it holds
            :data:`LIST`.
        where: the file, frame, option or layer concerned.
        advice: what the user can do about it.
    """

    exit_code = 1

    def __init__(self, what: str, where: object = "", advice: str = "") -> None:
        self.what = LIST.join(map(one_line, what.split(LIST)))
        self.where = one_line(where)
        self.advice = one_line(advice)
        super().__init__(self.__str__())

    def __reduce__(self) -> tuple[type[FlowstyleError], tuple[object, ...]]:
        """As it is sent from one process to another: with all its parts."""
        return type(self), (self.what, self.where, self.advice)

    def __str__(self) -> str:
        """The three parts on three lines; empty parts are left out."""
        lines = [self.what]
        if self.where:
            lines.append(f"where: {self.where}")
        if self.advice:
            lines.append(f"what to do: {self.advice}")
        return "\n".join(lines)


class UsageError(FlowstyleError):
    """A wrong option, value or combination."""

    exit_code = 2


class VideoError(FlowstyleError):
    """The clip cannot be read, or has no frames that can be used."""

    exit_code = 10


class StyleImageError(FlowstyleError):
    """A picture (style or photograph) cannot be read."""

    exit_code = 11


class OutputError(FlowstyleError):
    """The output file or the work folder cannot be written, or the output exists."""

    exit_code = 12


class OutputExistsError(OutputError):
    """The output exists, and was not to be replaced."""


class WorkdirBusyError(FlowstyleError):
    """Another run holds the work folder."""

    exit_code = 13


class ResumeMismatchError(FlowstyleError):
    """The work folder belongs to another input, setting or version."""

    exit_code = 14


class StorageError(FlowstyleError):
    """The disk is full or an input/output operation failed."""

    exit_code = 15


class OutOfMemoryError(FlowstyleError):
    """The machine's or the device's memory does not suffice."""

    exit_code = 16


class NotFiniteError(FlowstyleError):
    """A loss or an image became NaN or infinite, twice."""

    exit_code = 17


class WeightsError(FlowstyleError):
    """Network weights were rejected: wrong hash, wrong shape, not weights."""

    exit_code = 18


class LimitError(FlowstyleError):
    """An input is larger than the limits that protect the machine."""

    exit_code = 19


class Interrupted(FlowstyleError):
    """A signal asked the run to stop; what was done is committed.

    Args:
        signum: the signal, 0 where a program asked; the exit code is 128 + signum.
        where: how far the run came.
        advice: how to go on.
    """

    def __init__(
        self,
        signum: int,
        where: object = "",
        advice: str = "run the same command again to go on",
    ) -> None:
        self.signum = signum
        self.exit_code = 128 + signum
        super().__init__("stopped by a signal" if signum else "stopped", where, advice)

    def __reduce__(self) -> tuple[type[FlowstyleError], tuple[object, ...]]:
        """See :class:`FlowstyleError`."""
        return type(self), (self.signum, self.where, self.advice)
