"""Draws the library's events on the terminal: bars with time left, one line a decision."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from flowstyle.cli.time_left import TimeLeft
from flowstyle.core.errors import FlowstyleError, StorageError
from flowstyle.core.events import Decision, Event, Notice
from flowstyle.core.events import Progress as Step

PLAIN_SECONDS = 10.0  # between lines of progress where the terminal cannot draw bars
FIXED = 54
"""Characters of a bar's line beside bar and losses: stage, count, elapsed, left."""
BAR, SHORT = 40, 10
"""Characters of a bar, and of one that makes room for losses."""


def drop_unread(stream: TextIO | None) -> None:
    """Lead one of the program's streams to nowhere, if nobody reads it any more.

    Else Python tries again when it ends, says that it cannot, and takes another exit code.
    """
    if stream is None:
        return
    try:
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


class _Stderr(Console):
    """Says no more where nobody reads on: what is painted is worth more than its progress."""

    def on_broken_pipe(self) -> None:
        """Rich would end the program."""
        self.quiet = True
        drop_unread(sys.__stderr__)


class Display:
    """A ``report`` callback for a terminal, used in a ``with`` statement.

    Everything goes to stderr, so that stdout holds results only. Where stderr is no terminal,
    progress is a plain line every few seconds.

    Args:
        quiet: draw nothing.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = _Stderr(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width(self._console.width)),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            LeftColumn(),
            TextColumn("{task.fields[terms]}"),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._left: dict[str, TimeLeft] = {}
        self._printed = 0.0

    def __enter__(self) -> Display:
        """Start drawing."""
        with suppress(OSError):
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bars as they are and the terminal in order."""
        with suppress(OSError):
            self._bars.stop()

    def __call__(self, event: Event) -> None:
        """Draw one event; where the terminal or the log takes no more, draw none from then on."""
        if self._quiet:
            return
        try:
            self._draw(event)
        except OSError:
            self._quiet = True

    def _draw(self, event: Event) -> None:
        if isinstance(event, Step):
            self._step(event)
        elif isinstance(event, Decision):
            self._bars.console.print(
                f"[bold]{event.topic}[/]: {escape(event.text)}", soft_wrap=True
            )
        elif isinstance(event, Notice):
            self._bars.console.print(f"[yellow]note[/]: {escape(event.text)}", soft_wrap=True)

    def _step(self, step: Step) -> None:
        now = time.monotonic()
        clock = self._left.setdefault(step.stage, TimeLeft())
        again = clock.told(step.done, now)
        left = None if step.total is None else clock.seconds(step.total)
        told = [f"{name} {value:.3g}" for name, value in step.terms.items()]
        if self._bars.disable:
            self._print_step(step, now, left, told)
            return
        if step.stage not in self._tasks:
            self._tasks[step.stage] = self._bars.add_task(step.stage, total=None, terms="")
        elif again:
            self._bars.reset(self._tasks[step.stage])
        width = self._console.width
        terms = fitting(told, width - FIXED - bar_width(width))
        ends = None if left is None else now + left
        self._bars.update(
            self._tasks[step.stage], completed=step.done, total=step.total, terms=terms, ends=ends
        )

    def _print_step(self, step: Step, now: float, left: float | None, told: Sequence[str]) -> None:
        """A line now and then, and at the end of a stage."""
        if now - self._printed < PLAIN_SECONDS and step.done != step.total:
            return
        self._printed = now
        of = f" of {step.total}" if step.total is not None else ""
        still = "" if left is None else f", {left:.0f} s left"
        self._console.print(
            f"{step.stage}: {step.done}{of} {step.unit}{still}  {'  '.join(told)}", soft_wrap=True
        )


class LeftColumn(ProgressColumn):
    """Time left of a task whose field ``ends`` says when it will end; counts down meanwhile."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """The time as ``m:ss``, or ``h:mm:ss``."""
        ends = task.fields.get("ends")
        if ends is None:
            return Text("-:--:--", style="progress.remaining")
        minutes, seconds = divmod(max(0, round(ends - time.monotonic())), 60)
        hours, minutes = divmod(minutes, 60)
        told = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
        return Text(told, style="progress.remaining")


def bar_width(columns: int) -> int:
    """How long a bar is on a terminal: count and time left always have room beside it.

    Args:
        columns: of the terminal.

    Example:
        >>> bar_width(60), bar_width(80), bar_width(100), bar_width(200)
        (6, 26, 10, 40)
    """
    room = max(1, columns - FIXED)
    return min(room, BAR) if room < BAR else min(max(SHORT, room - 2 * BAR), BAR)


def fitting(terms: Sequence[str], room: int) -> str:
    """As many losses as there is room for, whole ones.

    Args:
        terms: each a name and a value.
        room: characters.

    Example:
        >>> fitting(["content 0.1", "style 0.25"], 20)
        'content 0.1'
    """
    line = ""
    for term in terms:
        longer = f"{line}  {term}" if line else term
        if len(longer) > room:
            break
        line = longer
    return line


def print_json(value: dict[str, Any]) -> None:
    """Print a result as one JSON object on stdout.

    Raises:
        StorageError: where stdout goes takes no more.
    """
    try:
        print(json.dumps(value, default=str), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StorageError(
            f"the result cannot be printed: {error.strerror}",
            "stdout",
            "send it elsewhere; what the command made is complete",
        ) from None


def print_error(error: FlowstyleError) -> None:
    """Print what went wrong, where, and what to do, on stderr."""
    lines = [f"flowstyle: {error.what}."]
    if error.where:
        lines.append(f"  where:      {error.where}")
    if error.advice:
        lines.append(f"  what to do: {error.advice}")
    try:
        print("\n".join(lines), file=sys.stderr)
    except BrokenPipeError:  # the exit code tells it still
        drop_unread(sys.__stderr__)
