"""What the page draws over the frames: each quantity of the result beside the source's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from flowstyle.metrics.profile import FrameFigures
from flowstyle.metrics.summary import ClipFigures
from flowstyle.report.html.record import Record

Values = tuple[float | None, ...]

RESULT, SOURCE = "result", "source"
"""Roles of lines; the others are colours by name."""

DIGITS = 4
"""Significant digits that a page is told; a pixel of a chart is less."""


@dataclass(frozen=True)
class ChartLine:
    """One line: its name, its role (which gives the colour), a value for each frame."""

    name: str
    role: str
    values: Values


@dataclass(frozen=True)
class Chart:
    """One chart: ``what`` explains it, ``summary`` says it in words for who cannot see it.

    ``zero`` tells whether its scale begins at 0.
    """

    id: str
    title: str
    unit: str
    what: str
    lines: tuple[ChartLine, ...]
    summary: str
    zero: bool = True


def charts_of(record: Record) -> list[Chart]:
    """All charts for which there is something to draw."""
    figures = record.measured
    drawn = _measured(figures) if figures is not None else []
    drawn += [
        _chart(
            "iterations",
            "Iterations",
            "",
            "Steps that each frame got. Frames that change little need few.",
            [ChartLine("result", RESULT, record.iterations)],
        ),
        _chart(
            "seconds",
            "Seconds",
            "s",
            "Time that painting each frame took.",
            [ChartLine("result", RESULT, record.frame_seconds)],
        ),
    ]
    return [
        _told(chart, record.start)
        for chart in drawn
        if any(value is not None for line in chart.lines for value in line.values)
    ]


def _measured(figures: ClipFigures) -> list[Chart]:
    """The charts of what was measured."""
    profile = figures.profile
    return [
        _chart(
            "warp-error",
            "Warp error, next frame",
            "×10⁴",
            "How much the paint changes that should move along with the picture. Low is stable.",
            _pair(profile, _times(1e4, "warp_error"), _times(1e4, "source_warp_error")),
        ),
        _chart(
            "long-warp-error",
            f"Warp error, {figures.long_gap or 10} frames on",
            "×10⁴",
            "The same over a longer time: whether paint that was covered comes back as it was. "
            "In long clips measured on some frames only.",
            _pair(profile, _times(1e4, "long_warp_error"), _times(1e4, "source_long_warp_error")),
        ),
        _chart(
            "flicker",
            "Flicker",
            "of 255",
            "Mean difference of neighbouring frames, motion included. It should follow the "
            "source's own.",
            _pair(profile, _times(255, "difference"), _times(255, "source_difference")),
        ),
        _chart(
            "drift",
            "Colour drift",
            "of 255",
            "Mean colour less the source's, counted from the first frame. Lines that climb or "
            "fall: the picture slowly takes on a tint.",
            _drift(profile),
            zero=False,
        ),
        _chart(
            "lightness",
            "Lightness",
            "L*",
            "Mean lightness. Where the source fades or flashes, the result should too.",
            _pair(profile, _times(1, "lightness"), _times(1, "source_lightness")),
            zero=False,
        ),
        _chart(
            "style",
            "Style distance",
            "",
            "0 is the style picture itself. A line that climbs: the style fades. Measured on "
            "some frames only.",
            _pair(profile, _times(1, "style"), _times(1, "source_style")),
        ),
    ]


Read = Callable[[FrameFigures], float | None]


def _times(scale: float, name: str) -> Read:
    """Reads a figure of a frame in a handier unit."""

    def read(frame: FrameFigures) -> float | None:
        value = getattr(frame, name)
        return None if value is None else scale * float(value)

    return read


def _pair(profile: Sequence[FrameFigures], styled: Read, source: Read) -> list[ChartLine]:
    return [
        ChartLine("result", RESULT, tuple(map(styled, profile))),
        ChartLine("source", SOURCE, tuple(map(source, profile))),
    ]


def _drift(profile: Sequence[FrameFigures]) -> list[ChartLine]:
    """Red, green and blue of the result less the source's, less that of the first frame."""
    if any(not one.colour or not one.source_colour for one in profile):
        return []
    own = [[a - b for a, b in zip(x.colour, x.source_colour, strict=True)] for x in profile]
    return [
        ChartLine(name, name, tuple(255 * (now[channel] - own[0][channel]) for now in own))
        for channel, name in enumerate(("red", "green", "blue"))
    ]


def _chart(
    id: str, title: str, unit: str, what: str, lines: Sequence[ChartLine], *, zero: bool = True
) -> Chart:
    return Chart(id, title, unit, what, tuple(lines), "", zero)


def _told(chart: Chart, start: int) -> Chart:
    """The chart with its values rounded and its summary written.

    Args:
        chart: with all digits.
        start: number of the first frame.
    """
    told = []
    for line in chart.lines:
        known = [(value, index) for index, value in enumerate(line.values) if value is not None]
        if known:
            top, at = max(known, key=lambda pair: abs(pair[0]))
            mean = fmean(value for value, _ in known)
            told.append(f"{line.name}: mean {mean:.3g}, most {top:.3g} at frame {start + at}")
    lines = tuple(ChartLine(x.name, x.role, tuple(map(rounded, x.values))) for x in chart.lines)
    return replace(chart, lines=lines, summary="; ".join(told))


def rounded(value: float | None) -> float | None:
    """A value with as many digits as a page needs.

    Example:
        >>> rounded(12.34567), rounded(0.000123456), rounded(None)
        (12.35, 0.0001235, None)
    """
    return None if value is None else float(f"{value:.{DIGITS}g}")
