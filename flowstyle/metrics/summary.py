"""The figures of a clip, and each of them as one line of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from pydantic import TypeAdapter

from flowstyle.metrics.profile import FrameFigures, worst_frames

Verdict = tuple[float, str, str]
"""Bound, the word up to it, the word above."""

STABLE = 4.0
"""Warp error over that of ideal transport up to which people see no flicker: ``default`` has 2 to 4
on the project's clips, networks without memory 10 to 16."""

STILL = 0.5 / 255
"""Change from frame to frame up to which nobody sees that something moves."""

EVEN = 5 / 255
"""Fine energy up to which flat areas look evenly painted in any style, and above it ..."""
EVEN_SHARE = 0.5
"""... up to this share of the style picture's own. Skies full of dots have about the whole."""

NONE = 1e-3
"""Share of the result's amount below which the source has next to none of a quantity. A ratio from
there on is rounding, or the last bit of a codec, in the denominator: a square that moves by whole
pixels over a plain ground gave 77476942."""

FAIR = "fair"
"""The word for paint that changes more than ideal transport's, and no more than the source."""

TRANSPORT: Verdict = (STABLE, "stable", "restless")
FLICKER: Verdict = (1.5, "calm", "lively")
"""Of the change from frame to frame. Sharp paint that moves changes more than a smooth source: no
fault by itself. What trembles shows in :data:`TRANSPORT`, and where nothing moves."""
MOTION: Verdict = (1.0, "follows", "swims")
SHARPNESS: Verdict = (0.8, "soft", "sharp")
COLOUR: Verdict = (2.0, "true", "drifts")
STYLE: Verdict = (0.2, "strong", "weak")
LASTING: Verdict = (1.15, "lasting", "fading")
FADED = 0.01
"""Style distance by which a last frame must exceed the first to be called faded. Frames that the
measuring network itself has painted differ by less where they are very near to the style: ratios
of 1.24, 1.24 and 1.11 on three clips, where VGG19 (stand-in) finds 1.02, 1.06 and 0.94."""
BORDERS: Verdict = (1.2, "even", "uneven")
CONTENT: Verdict = (1.0, "recognisable", "loose")


@dataclass(frozen=True)
class Paired:
    """A quantity of the result beside the source's own."""

    value: float
    source: float

    @property
    def ratio(self) -> float | None:
        """Result over source; None where the source has next to none of it (:data:`NONE`)."""
        return None if self.source <= NONE * self.value else self.value / self.source


@dataclass(frozen=True)
class ColourDrift:
    """Trends of the result less those of the source.

    ``lab_slopes`` are the means of L*, a*, b*, then their deviations, in units a frame.
    ``rgb_change`` is the change of the mean colour from the clip's first tenth to its last, in
    1/255.
    """

    lab_slopes: tuple[float, ...]
    rgb_change: tuple[float, ...]


@dataclass(frozen=True)
class Borders:
    """Style distance of the strip at each border over that of the middle; 1 = as well styled."""

    left: float | None = None
    right: float | None = None
    top: float | None = None
    bottom: float | None = None

    @classmethod
    def mean(cls, found: Sequence[Mapping[str, float]]) -> Borders | None:
        """Mean over frames; None if nothing was measured."""
        sides = {side for one in found for side in one}
        if not sides:
            return None
        return cls(**{s: fmean(one[s] for one in found if s in one) for s in sides})

    @property
    def worst(self) -> float:
        """The largest of the ratios."""
        return max(r for r in (self.left, self.right, self.top, self.bottom) if r is not None)


@dataclass(frozen=True)
class ClipFigures:
    """Everything that :class:`flowstyle.metrics.clip.ClipMeter` measures; None = not measurable.

    Pairs are of neighbouring frames of one shot. ``warp_error`` is E_warp of Lai's code, in
    [0, 1]; ``transport`` the same over that of ideal transport (see
    :mod:`flowstyle.metrics.transport`), a figure that means the same at every size;
    ``long_warp_error`` E_warp over ``long_gap`` frames. ``flicker`` is the mean absolute
    difference of neighbouring frames in [0, 1], ``static_flicker`` the same on the share
    ``static_share`` of the pixels where the source stands still. ``motion_difference`` is tOF in
    pixels. ``fine`` is the fine energy of whole frames in [0, 1], ``fine_flat`` that of
    the source's flat areas, ``fine_style`` the style picture's own (see
    :mod:`flowstyle.metrics.grid`). ``style`` holds (frame, distance) of the frames measured.
    ``profile`` is the course of the clip, ``cuts`` the first frames of its shots but the first.
    """

    frames: int
    judge: str
    warp_error: Paired | None
    transport: Paired | None
    long_gap: int | None
    long_warp_error: Paired | None
    trusted: float | None
    flicker: Paired | None
    static_flicker: Paired | None
    static_share: float | None
    motion_difference: float | None
    sharpness: Paired
    fine: Paired
    fine_flat: Paired | None
    fine_style: float | None
    drift: ColourDrift
    style: tuple[tuple[int, float], ...]
    content: float | None
    borders: Borders | None
    profile: tuple[FrameFigures, ...]
    cuts: tuple[int, ...] = ()

    @property
    def unlike(self) -> int:
        """Number of frames too unlike the one before to be compared with it, in one shot."""
        return sum(one.trusted is not None and one.warp_error is None for one in self.profile)

    @property
    def style_mean(self) -> float | None:
        """Mean style distance."""
        return fmean(distance for _, distance in self.style) if self.style else None

    @property
    def style_last_over_first(self) -> float | None:
        """Style distance of the last frame over that of the first: above 1, the style fades."""
        if len(self.style) < 2 or self.style[0][1] == 0:
            return None
        return self.style[-1][1] / self.style[0][1]

    @property
    def course(self) -> str:
        """The word for how the style lasts; "" where it was not measured."""
        ratio = self.style_last_over_first
        if ratio is None:
            return ""
        faded = self.style[-1][1] - self.style[0][1] > FADED
        return word(ratio, LASTING) if faded else LASTING[1]

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> ClipFigures:
        """The figures that :meth:`as_dict` gave, also from a JSON file.

        Raises:
            ValueError: they are not such figures.
        """
        return TypeAdapter(cls).validate_python(table)

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON types, ratios included."""
        table = asdict(self)
        for name in (
            "warp_error",
            "transport",
            "long_warp_error",
            "flicker",
            "static_flicker",
            "sharpness",
            "fine",
            "fine_flat",
        ):
            paired = getattr(self, name)
            if paired is not None:
                table[name]["ratio"] = paired.ratio
        table["style_mean"] = self.style_mean
        table["style_last_over_first"] = self.style_last_over_first
        table["worst_border"] = self.borders.worst if self.borders else None
        table["worst_frames"] = worst_frames(self.profile)
        return table


@dataclass(frozen=True)
class Line:
    """One line of the table: a metric, its value, the source's own, and what that means."""

    metric: str
    value: str
    source: str = ""
    ratio: str = ""
    meaning: str = ""


def lines(figures: ClipFigures) -> list[Line]:
    """The table a person reads; what was not measurable is left out."""
    table = [
        _transport(figures.transport, figures.warp_error),
        _paired("warp error ×10⁴, next frame", figures.warp_error, 1e4, None, lambda _: ""),
        _paired(
            f"warp error ×10⁴, {figures.long_gap} frames on",
            figures.long_warp_error, 1e4, None, lambda _: "",
        ),
        _paired("flicker ×255", figures.flicker, 255, FLICKER),
        _paired("flicker ×255, static pixels", figures.static_flicker, 255, None, _still),
        _plain("motion differs, px (tOF)", figures.motion_difference, MOTION),
        _paired("sharpness ×10⁴", figures.sharpness, 1e4, SHARPNESS),
        _grid(figures.fine_flat, figures.fine_style),
        _drift_line(figures.drift),
        _plain("style distance", figures.style_mean, STYLE),
        _lasting(figures),
        _plain(
            "style distance, worst border / middle",
            figures.borders.worst if figures.borders else None, BORDERS,
        ),
        _plain("content distance", figures.content, CONTENT),
    ]  # fmt: skip
    return [line for line in table if line is not None]


def word(value: float | None, verdict: Verdict) -> str:
    """The word for a value; "" where there is none."""
    if value is None:
        return ""
    return verdict[1] if value <= verdict[0] else verdict[2]


def stability_word(ideal: float, own: float | None) -> str:
    """The word for how still the paint is.

    Args:
        ideal: warp error over that of ideal transport.
        own: warp error over the source's own; None where the source has none.

    Example:
        >>> stability_word(2.5, 0.4), stability_word(5.0, 0.82), stability_word(5.0, 1.6)
        ('stable', 'fair', 'restless')
    """
    found = word(ideal, TRANSPORT)
    return FAIR if found == TRANSPORT[2] and own is not None and own <= 1 else found


def stability_of(figures: ClipFigures) -> str:
    """The word for how still the paint of a clip is; "" where that was not measurable.

    Where nothing moves there is no transport to compare with, and paint may boil all the same.
    """
    own = figures.warp_error
    if figures.transport is not None:
        return stability_word(figures.transport.value, own.ratio if own else None)
    held = change_where_nothing_moves(figures)
    if own is None or held is None:
        return ""
    if held.value <= STILL:
        return "still"
    return FAIR if held.value <= held.source else TRANSPORT[2]


def change_where_nothing_moves(figures: ClipFigures) -> Paired | None:
    """How much changes from frame to frame in a clip that stands still, in [0, 1]."""
    return figures.static_flicker or figures.flicker


def _still(paired: Paired) -> str:
    return "still" if paired.value <= STILL else "moves"


def _paired(
    metric: str,
    paired: Paired | None,
    scale: float,
    verdict: Verdict | None,
    meaning: Any = None,
) -> Line | None:
    if paired is None:
        return None
    ratio = paired.ratio
    return Line(
        metric,
        f"{paired.value * scale:.3g}",
        f"{paired.source * scale:.3g}",
        "" if ratio is None else f"{ratio:.2f}",
        word(ratio, verdict) if verdict else meaning(paired),
    )


def _transport(paired: Paired | None, own: Paired | None) -> Line | None:
    """How far the paint moves as the clip does; the source's own value stands beside it."""
    if paired is None:
        return None
    name = "warp error / ideal transport"
    meaning = stability_word(paired.value, own.ratio if own else None)
    return Line(name, f"{paired.value:.2f}", f"{paired.source:.2f}", "", meaning)


def _grid(flat: Paired | None, style: float | None) -> Line | None:
    """Dots in flat areas; the verdict needs the style picture, whose own strokes are not dots."""
    if flat is None:
        return None
    meaning = ""
    if style is not None:
        said = word(flat.value, (max(EVEN, EVEN_SHARE * style), "even", "dotted"))
        meaning = f"{said} (style {style * 255:.1f})"
    name = "fine energy ×255, flat areas"
    return Line(name, f"{flat.value * 255:.1f}", f"{flat.source * 255:.1f}", "", meaning)


def _plain(metric: str, value: float | None, verdict: Verdict) -> Line | None:
    return None if value is None else Line(metric, f"{value:.3g}", meaning=word(value, verdict))


def _lasting(figures: ClipFigures) -> Line | None:
    ratio = figures.style_last_over_first
    name = "style distance, last frame / first"
    return None if ratio is None else Line(name, f"{ratio:.3g}", meaning=figures.course)


def _drift_line(drift: ColourDrift) -> Line:
    worst = max(abs(change) for change in drift.rgb_change)
    return Line(
        "drift of mean colour ×255 (R, G, B)",
        " ".join(f"{change:+.1f}" for change in drift.rgb_change),
        meaning=word(worst, COLOUR),
    )
