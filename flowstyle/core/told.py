"""Remembers what a render told, for whoever asks afterwards."""

from __future__ import annotations

from flowstyle.core.events import Decision, Event, Notice, Report


class Told:
    """Passes every event on and keeps decisions and notices, in order.

    Args:
        report: gets all events.

    Example:
        >>> told = Told(lambda event: None)
        >>> told(Notice("the disk is nearly full"))
        >>> told.notices
        ['the disk is nearly full']
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self.decisions: list[tuple[str, str]] = []
        self.notices: list[str] = []

    def __call__(self, event: Event) -> None:
        """Take one event; from any thread."""
        if isinstance(event, Decision):
            self.decisions.append((event.topic, event.text))
        elif isinstance(event, Notice):
            self.notices.append(event.text)
        self._report(event)
