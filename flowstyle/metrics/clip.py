"""All metrics of a clip in one pass; memory holds the frames of the longest gap, not the clip."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.device import at_once
from flowstyle.features.base import FeatureNetwork
from flowstyle.flow.protocol import CalledAtOnce, FlowMethod
from flowstyle.metrics import drift, flicker, grid, sharpness, style, tof, transport, warp_error
from flowstyle.metrics.profile import FrameFigures
from flowstyle.metrics.summary import Borders, ClipFigures, ColourDrift, Paired

LONG_GAP = 10
"""Frames between the two of a long-term pair; half the clip where it has no more than 10."""


NOTHING = 1e-10
"""Warp error below which it is rounding alone."""


FOLLOWED = 0.02
"""Share of the pixels that the judge must be able to follow for a pair to be compared. Into a
flash, or over a cut that was not found, a handful agree by chance, and their errors would be the
clip's: one flash in twelve frames made 81 of a figure of 1.4."""

STYLE_FRAMES = 12
"""About as many frames of a clip have their style measured."""
BORDERS_EACH = 3
"""Of these, every third one's borders: they take as long as all else of a frame's style."""
FULL_PAIRS = 30
"""About as many pairs of a long clip are compared with ideal transport, over ten frames, and by the
motion that the result shows; in each pair of neighbours the warp error and the flicker are. Fine
energy is measured in as many frames."""


@dataclass(frozen=True)
class Moment:
    """One frame of both clips, 1×3×H×W in [0, 1]."""

    index: int
    source: Tensor
    styled: Tensor


@dataclass(frozen=True)
class Judged:
    """A pair of frames: flows and mask of the judge, warp errors of the result and the source."""

    flow: Tensor
    reverse: Tensor
    mask: Tensor
    styled: float | None
    source: float | None


class Series:
    """The same quantity of the result and of the source, gathered pair by pair."""

    def __init__(self) -> None:
        self.styled: list[float] = []
        self.source: list[float] = []

    def add(self, styled: float | None, source: float | None) -> None:
        """Gather one pair; a pair that could not be measured is left out."""
        if styled is not None and source is not None:
            self.styled.append(styled)
            self.source.append(source)

    def mean(self) -> Paired | None:
        """Means of both; None if nothing was gathered."""
        if not self.styled:
            return None
        return Paired(fmean(self.styled), fmean(self.source))


class ClipMeter:
    """Measures a styled clip against its source: :meth:`push` every frame, then :meth:`finish`.

    Args:
        judge: the flow of the source clip; called with frame indices from 0.
        network: measures style and content; None leaves them out.
        style_grams: of the style picture, from :func:`flowstyle.metrics.style.style_grams`; None
            leaves the style distance out.
        style_fine: fine energy of the style picture at the size it is painted in, if known.
        total: number of frames where known; from 60 on some figures are means over some of
            them, see :data:`FULL_PAIRS`.
        style_frames: style and content are measured on about so many frames, the last included
            (on all where ``total`` is not known).
    """

    def __init__(
        self,
        judge: FlowMethod,
        *,
        network: FeatureNetwork | None = None,
        style_grams: Mapping[str, Tensor] | None = None,
        style_fine: float | None = None,
        total: int | None = None,
        style_frames: int = STYLE_FRAMES,
    ) -> None:
        self._judge = judge
        self._network = network
        self._grams = style_grams
        self._style_fine = style_fine
        self._cuts: list[int] = []
        self._stride = max(1, (total or 1) // style_frames)
        self._sparse = max(1, (total or 1) // FULL_PAIRS)
        self._recent: deque[Moment] = deque(maxlen=LONG_GAP + 1)
        self._gap = LONG_GAP
        self._profile: list[FrameFigures] = []
        self._lab: tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]] = ([], [])
        self._rgb: tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]] = ([], [])
        self._short, self._long = Series(), Series()
        # Of neighbouring frames: some of the short series, and what those would ideally be.
        self._carried, self._ideal = Series(), Series()
        self._all, self._still, self._sharp = Series(), Series(), Series()
        self._fine, self._fine_flat = Series(), Series()
        self._static_share: list[float] = []
        self._motion: list[float] = []
        self._borders: list[dict[str, float]] = []

    def push(self, source: Tensor, styled: Tensor, *, begins_shot: bool = False) -> None:
        """Take the next frame.

        Args:
            source: 1×3×H×W, [0, 1].
            styled: the same size.
            begins_shot: a cut lies before this frame; no pair reaches across it.

        Raises:
            ValueError: the sizes differ.
        """
        if source.shape != styled.shape:
            raise ValueError(f"frames differ in shape: {source.shape} and {styled.shape}")
        now = Moment(len(self._profile), source, styled)
        if begins_shot:
            self._cuts.append(now.index)
        sharp = sharpness.gradient_energy(styled), sharpness.gradient_energy(source)
        self._sharp.add(*sharp)
        if now.index % self._sparse == 0:
            self._fine.add(grid.fine_energy(styled), grid.fine_energy(source))
            self._fine_flat.add(*grid.flat_energy(source, styled))
        for k, image in enumerate((styled, source)):
            self._lab[k].append(drift.lab_statistics(image))
            self._rgb[k].append(drift.mean_colour(image))
        figures = FrameFigures(
            now.index,
            float(self._lab[0][-1][0]),
            sharp[0],
            source_lightness=float(self._lab[1][-1][0]),
            colour=tuple(self._rgb[0][-1].tolist()),
            source_colour=tuple(self._rgb[1][-1].tolist()),
        )
        before = self._recent[-1] if self._recent else None
        if before is not None and self._same_shot(before, now):
            figures = self._pair(before, now, figures)
        if now.index % self._stride == 0:
            figures = self._styled(now, figures)
        self._recent.append(now)
        first = self._recent[0]
        self._profile.append(figures)
        if now.index - first.index == LONG_GAP and now.index % self._sparse == 0:
            self._long_pair(first, now)

    def finish(self) -> ClipFigures:
        """Measure what needed the clip's end, and sum up.

        Raises:
            ValueError: no frame was pushed.
        """
        if not self._profile:
            raise ValueError("a clip without frames has no figures")
        last = self._profile[-1]
        if last.content is None:
            self._profile[-1] = self._styled(self._recent[-1], last)
        if len(self._profile) <= LONG_GAP and self._sparse == 1:
            self._gap = len(self._profile) // 2
            held = list(self._recent)
            if self._gap > 1:
                for one, other in zip(held, held[self._gap :], strict=False):
                    self._long_pair(one, other)
        return ClipFigures(
            frames=len(self._profile),
            judge=self._judge.name,
            warp_error=self._short.mean(),
            transport=over_ideal(self._carried.mean(), self._ideal.mean()),
            long_gap=self._gap if self._long.styled else None,
            long_warp_error=self._long.mean(),
            trusted=_mean([one.trusted for one in self._profile if one.trusted is not None]),
            flicker=self._all.mean(),
            static_flicker=self._still.mean(),
            static_share=_mean(self._static_share),
            motion_difference=_mean(self._motion),
            sharpness=Paired(fmean(self._sharp.styled), fmean(self._sharp.source)),
            fine=Paired(fmean(self._fine.styled), fmean(self._fine.source)),
            fine_flat=self._fine_flat.mean(),
            fine_style=self._style_fine,
            drift=self._drift(),
            style=tuple((one.index, one.style) for one in self._profile if one.style is not None),
            content=_mean([one.content for one in self._profile if one.content is not None]),
            borders=Borders.mean(self._borders),
            profile=tuple(self._profile),
            cuts=tuple(self._cuts),
        )

    def _same_shot(self, earlier: Moment, later: Moment) -> bool:
        return not any(earlier.index < cut <= later.index for cut in self._cuts)

    def _judged(self, one: Moment, other: Moment) -> Judged:
        """The judge's flows between two frames, and what follows from them."""
        flow, reverse = self._flows(one, other)
        mask = warp_error.trusted(flow, reverse)
        if float(mask.mean()) < FOLLOWED:
            return Judged(flow, reverse, mask, None, None)
        return Judged(
            flow,
            reverse,
            mask,
            warp_error.warp_error(one.styled, other.styled, flow, mask),
            warp_error.warp_error(one.source, other.source, flow, mask),
        )

    def _flows(self, one: Moment, other: Moment) -> tuple[Tensor, Tensor]:
        """The judge's flows, there and back."""
        frames = (one.index, other.index)
        there = partial(self._judge, one.source, other.source, frames)
        back = partial(self._judge, other.source, one.source, frames[::-1])
        if not isinstance(self._judge, CalledAtOnce):
            return there(), back()
        return at_once(there, back, one.source.device)

    def _pair(self, before: Moment, now: Moment, figures: FrameFigures) -> FrameFigures:
        judged = self._judged(before, now)
        self._short.add(judged.styled, judged.source)
        if now.index % self._sparse == 0:
            self._pair_in_full(before, now, judged)
        difference = flicker.frame_difference(before.styled, now.styled)
        source_difference = flicker.frame_difference(before.source, now.source)
        self._all.add(difference, source_difference)
        still = flicker.static_pixels(before.source, now.source, judged.flow)
        self._static_share.append(float(still.mean()))
        self._still.add(
            flicker.frame_difference(before.styled, now.styled, still),
            flicker.frame_difference(before.source, now.source, still),
        )
        return replace(
            figures,
            warp_error=judged.styled,
            source_warp_error=judged.source,
            trusted=float(judged.mask.mean()),
            difference=difference,
            source_difference=source_difference,
        )

    def _pair_in_full(self, before: Moment, now: Moment, judged: Judged) -> None:
        """What of two neighbours takes longer."""
        if judged.styled is None:
            return
        self._carried.add(judged.styled, judged.source)
        self._ideal.add(
            *(
                transport.ideal_error(image, judged.flow, judged.reverse, judged.mask)
                for image in (before.styled, before.source)
            )
        )
        self._motion.append(
            tof.flow_difference(before.source, now.source, before.styled, now.styled)
        )

    def _long_pair(self, one: Moment, other: Moment) -> None:
        if self._same_shot(one, other):
            judged = self._judged(one, other)
            self._long.add(judged.styled, judged.source)
            self._profile[other.index] = replace(
                self._profile[other.index],
                long_warp_error=judged.styled,
                source_long_warp_error=judged.source,
            )

    def _styled(self, now: Moment, figures: FrameFigures) -> FrameFigures:
        if self._network is None:
            return figures
        found = style.extract(self._network, now.styled)
        own = style.extract(self._network, now.source)
        figures = replace(figures, content=style.content_distance(found, own))
        if self._grams is None:
            return figures
        if now.index % (BORDERS_EACH * self._stride) == 0:
            self._borders.append(style.border_distances(self._network, now.styled, self._grams))
        return replace(
            figures,
            style=style.style_distance(found, self._grams),
            source_style=style.style_distance(own, self._grams),
        )

    def _drift(self) -> ColourDrift:
        styled, source = (drift.slopes(series) for series in self._lab)
        own, floor = (drift.change_over_clip(series) for series in self._rgb)
        return ColourDrift(tuple((styled - source).tolist()), tuple(((own - floor) * 255).tolist()))


def over_ideal(errors: Paired | None, ideal: Paired | None) -> Paired | None:
    """Warp errors over those of ideal transport; None where nothing moves, and both are 0."""
    if errors is None or ideal is None or min(ideal.value, ideal.source) < NOTHING:
        return None
    return Paired(errors.value / ideal.value, errors.source / ideal.source)


def _mean(values: list[float]) -> float | None:
    return fmean(values) if values else None
