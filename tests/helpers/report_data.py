"""Records of runs and their frames, made up: reports of any length without a render."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from flowstyle.metrics.profile import FrameFigures
from flowstyle.metrics.summary import ClipFigures, ColourDrift, Paired
from flowstyle.report.html.film import Moment
from flowstyle.report.html.record import Record, UsedSetting
from tests.helpers.numbered import numbered

RECORD = Record(
    kind="run",
    source="/clips/beach.mp4",
    result="/clips/out.mp4",
    styles=("/pictures/night.jpg",),
    command="flowstyle run beach.mp4 night.jpg -o out.mp4",
    folder="/clips",
    written="2026-11-26T08:00:00+00:00",
    size=(160, 90),
    start=0,
    frames=48,
    rate="24",
    seconds=96.0,
    features="compact",
    decisions=(("size", "160×90 (clip 1280×720)"),),
    notices=("the disk is nearly full",),
    settings=(
        UsedSetting("Piece and size", "width", 160, None, "Width of the result."),
        UsedSetting("Losses", "tv_weight", 1.0, 1.0, "Weight of the total variation."),
    ),
    versions={"flowstyle": "1", "torch": "2"},
    digests={"clip": "ab" * 32},
)


def figures(frames: int, cuts: tuple[int, ...] = ()) -> ClipFigures:
    """Figures of a clip whose warp error is three times the source's, most at frame 18."""
    random = np.random.default_rng(5)
    noise = random.uniform(0.9, 1.1, (frames, 8))
    profile = tuple(
        FrameFigures(
            index,
            lightness=50 + noise[index, 0],
            sharpness=0.01,
            source_lightness=49 + noise[index, 1],
            colour=tuple((noise[index, :3] / 2.2).tolist()),
            source_colour=(0.4, 0.45, 0.5),
            warp_error=None if index in (0, *cuts) else 3e-4 * noise[index, 2] + (index == 18),
            source_warp_error=None if index in (0, *cuts) else 1e-4 * noise[index, 3],
            long_warp_error=None if index < 10 else 9e-4 * noise[index, 4],
            source_long_warp_error=None if index < 10 else 6e-4 * noise[index, 5],
            difference=None if index in (0, *cuts) else 0.02 * noise[index, 6],
            source_difference=None if index in (0, *cuts) else 0.01 * noise[index, 7],
            style=0.1 if index % 4 == 0 else None,
            source_style=1.2 if index % 4 == 0 else None,
            content=0.3,
        )
        for index in range(frames)
    )
    return ClipFigures(
        frames=frames,
        judge="farneback",
        warp_error=Paired(0.45e-3, 1e-3),
        transport=Paired(2.5, 1.5),
        long_gap=10,
        long_warp_error=Paired(9e-4, 6e-4),
        trusted=0.8,
        flicker=Paired(0.02, 0.01),
        static_flicker=Paired(0.001, 0.0005),
        static_share=0.2,
        motion_difference=0.2,
        sharpness=Paired(0.01, 0.01),
        fine=Paired(0.01, 0.01),
        fine_flat=Paired(0.01, 0.004),
        fine_style=0.04,
        drift=ColourDrift((0.0,) * 6, (0.5, -0.2, 3.0)),
        style=((0, 0.1), (frames - 1, 0.11)),
        content=0.3,
        borders=None,
        profile=profile,
        cuts=cuts,
    )


def record(frames: int, **changes: object) -> Record:
    """A record of so many frames, measured."""
    cuts = (frames // 2,)
    made = replace(
        RECORD,
        frames=frames,
        cuts=cuts,
        iterations=tuple(float(3 + index % 4) for index in range(frames)),
        frame_seconds=tuple(1.5 + index % 7 / 10 for index in range(frames)),
        figures=figures(frames, cuts).as_dict(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def moments(frames: int, size: tuple[int, int] = (160, 90)) -> Iterator[Moment]:
    """Frames with their number as bars; the result shows it inverted."""
    for index in range(frames):
        yield Moment(numbered(index, size), numbered(index, size, inverted=True))
