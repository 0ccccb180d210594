"""What is wrong with a file of jobs, told all at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from flowstyle.core.errors import LIST, FlowstyleError, Interrupted, UsageError

MOST = 20
"""Problems that are told; a pattern can find hundreds of files of the same fault."""


class Problems:
    """Collects errors of the ``with`` blocks that it guards; :meth:`refuse` raises them as one.

    Args:
        file: of jobs.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._found: list[FlowstyleError] = []

    def __enter__(self) -> Problems:
        """Guard a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Keep an error that can be explained; others go their way, and so does an end."""
        if not isinstance(error, FlowstyleError) or isinstance(error, Interrupted):
            return False
        self._found.append(error)
        return True

    def __bool__(self) -> bool:
        """Whether something was found."""
        return bool(self._found)

    def tell_of(self, place: str) -> bool:
        """Whether something was found there.

        Args:
            place: as errors have it, such as ``job 3: ``.
        """
        return any(error.where.startswith(place) for error in self._found)

    def refuse(self) -> None:
        """Raise what was found.

        Raises:
            FlowstyleError: the one error; of several a list, as an error of the kind that they have
                in common, or else of a wrong file.
        """
        if not self._found:
            return
        first = self._found[0]
        if len(self._found) == 1:
            first.where = f"{self._file}, {first.where}" if first.where else str(self._file)
            raise first
        lines = [
            f"{LIST}{error.where}: {error.what}; {error.advice}" for error in self._found[:MOST]
        ]
        more = len(self._found) - MOST
        lines += [f"{LIST}and {more} more"] if more > 0 else []
        kinds = {type(error) for error in self._found}
        kind = kinds.pop() if len(kinds) == 1 else UsageError
        raise kind(
            f"{len(self._found)} things prevent the batch, nothing was painted:{''.join(lines)}",
            self._file,
            "put them right, then run the same command again",
        )


@contextmanager
def standing_in(place: str) -> Iterator[None]:
    """Say of errors in the block where in the file of jobs their cause stands."""
    try:
        yield
    except FlowstyleError as error:
        if not error.where.startswith(place):
            error.where = f"{place}, {error.where}" if error.where else place
        raise
