"""Clips beside each other, or one wiped over another: to see with the eye what figures say."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from math import ceil, pi, sin
from pathlib import Path
from typing import Any

import numpy as np

from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import Interrupted, UsageError
from flowstyle.core.events import Decision, Notice, Progress, Report, Stage, ignore
from flowstyle.core.plain import one_line
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.carried import Carried
from flowstyle.media.clip_writer import open_writer
from flowstyle.media.output import check_output
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.report.layout import Picture, blank, caption_height, captioned, grid
from flowstyle.report.lettering import WHITE, fitting, shortened, text_width, write

BOX = (1920, 1080)
"""(width, height) that the result fits into where no width is asked for."""
MOST = 16
"""Clips beside each other."""
ROUND = 6.0
"""Seconds in which the wipe goes there and back."""
GAP = 4


@dataclass(frozen=True)
class Compared:
    """What was written: its path, number of frames, size, and the clips by their labels."""

    path: Path
    frames: int
    size: tuple[int, int]
    labels: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types."""
        return {**asdict(self), "path": str(self.path)}

    def summary(self) -> str:
        """One line for a person."""
        return f"{one_line(self.path)}: {self.frames} frames of {' | '.join(self.labels)}"


def compare_clips(
    clips: Sequence[Path],
    output: Path,
    *,
    labels: Sequence[str] = (),
    wipe: bool = False,
    width: int | None = None,
    rate: Fraction | None = None,
    overwrite: bool = False,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> Compared:
    """Write a video that shows clips beside each other, frame by frame.

    Args:
        clips: videos or folders of pictures; two or more, exactly two for a wipe.
        output: a video, or a folder or pattern of pictures.
        labels: one each; none takes the names of the files, with their folders where two are alike.
        wipe: a line goes to and fro, left of it the first clip, right of it the second.
        width: of each picture; None lets the result fit into 1920×1080.
        rate: frames a second of folders of pictures; None for 24.
        overwrite: replace an existing result.
        report: told progress, and what of the clips is not shown.
        cancel: asked before every frame.

    Raises:
        UsageError: too few or too many clips, or another number of labels.
        VideoError: one of them cannot be read.
        OutputError: the result cannot be written there.
        Interrupted: cancelled; nothing is kept.

    Example:
        >>> compare_clips([Path("clip.mp4"), Path("styled.mp4")], Path("both.mp4")).frames
        3
    """
    _check_number(clips, labels, wipe)
    names = tuple(labels) or _names(clips)
    check_output(output, overwrite=overwrite, sources=clips)
    infos = [probe(clip, rate=rate if clip.is_dir() else None) for clip in clips]
    size = _cell(infos, width, wipe=wipe)
    for remark in _remarks(infos, names):
        report(Notice(remark))
    report(Decision("size", f"{size[0]}×{size[1]} each"))
    cancel, counts = cancel or CancelToken(), [one.frames for one in infos if one.frames]
    total = min(counts) if len(counts) == len(infos) else None
    frames, shape = 0, (0, 0)
    with ExitStack() as stack:
        rows = [stack.enter_context(closing(_pictures(info, size))) for info in infos]
        own = replace(infos[0], sample_aspect=Fraction(1), rotation=0)
        writer = stack.enter_context(
            open_writer(
                output, own, audio="none", carried=Carried(), overwrite=overwrite, report=report
            )
        )
        for shown in zip(*rows, strict=False):
            if cancel.cancelled:
                raise Interrupted(cancel.signum or 0, f"frame {frames}", "run it again")
            pictures = [picture for _, picture in shown]
            first = shown[0][0]
            second = float((first.pts - own.start_pts) * own.time_base)
            sheet = _wiped(pictures, names, second) if wipe else _beside(pictures, names)
            writer.write(Frame(first.index, first.pts, first.duration, sheet))
            frames, shape = frames + 1, (sheet.shape[1], sheet.shape[0])
            report(Progress(Stage.COMPARISON, frames, total))
    return Compared(output, frames, shape, names)


def _names(clips: Sequence[Path]) -> tuple[str, ...]:
    """What clips are called that were given no labels: no two of them alike, if that can be."""
    names = tuple(clip.stem or str(clip) for clip in clips)
    return names if len(set(names)) == len(names) else tuple(map(str, clips))


def _check_number(clips: Sequence[Path], labels: Sequence[str], wipe: bool) -> None:
    """Refuse a number of clips or labels that cannot be shown."""
    if wipe and len(clips) != 2:
        raise UsageError(
            f"a wipe shows two clips, {len(clips)} were given", "--wipe", "leave --wipe out"
        )
    if not 2 <= len(clips) <= MOST:
        raise UsageError(
            f"{len(clips)} clips cannot be compared", "", f"give 2 to {MOST}, the source first"
        )
    if labels and len(labels) != len(clips):
        raise UsageError(
            f"{len(labels)} labels for {len(clips)} clips", "--labels", "give one for each"
        )


def columns_of(count: int, shape: float) -> int:
    """Pictures in a row, so that all of them come nearest to the shape of a screen.

    Args:
        count: of pictures.
        shape: width over height of each.

    Example:
        >>> columns_of(2, 16 / 9), columns_of(4, 16 / 9), columns_of(3, 9 / 16)
        (2, 2, 3)
    """
    screen = BOX[0] / BOX[1]

    def room(columns: int) -> float:
        """Of the screen that a picture gets."""
        rows = ceil(count / columns)
        return min(1 / columns, shape / screen / rows)

    return max(range(1, count + 1), key=lambda columns: (round(room(columns), 6), columns))


def _cell(infos: Sequence[ClipInfo], width: int | None, *, wipe: bool) -> tuple[int, int]:
    """(width, height) of each picture: that of the first clip's shape, both even."""
    shape, high = _shape(infos[0]), infos[0].height
    if width is not None:
        if width < 16:
            raise UsageError(f"a width of {width} is too small", "--width", "use at least 16")
        return width + width % 2, max(2, 2 * round(width / shape / 2))
    columns = 1 if wipe else columns_of(len(infos), shape)
    rows = 1 if wipe else ceil(len(infos) / columns)
    across = (BOX[0] - (columns + 1) * GAP) / columns
    down = (BOX[1] - (rows + 1) * GAP) / rows / 1.105  # with its caption
    scale = min(across / (high * shape), down / high, 1.0)
    return 2 * max(8, int(high * shape * scale / 2)), 2 * max(8, int(high * scale / 2))


def _shape(info: ClipInfo) -> float:
    """Width over height as a clip is shown: its pixels need not be square, those written are."""
    return info.width * float(info.sample_aspect or 1) / info.height


def _remarks(infos: Sequence[ClipInfo], names: Sequence[str]) -> Iterator[str]:
    """What the clips do not have in common."""
    first = infos[0]
    counts = {name: info.frames for name, info in zip(names, infos, strict=True) if info.frames}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in counts.items())
        yield f"the clips differ in length, the shortest counts: {listed} frames"
    for name, info in zip(names[1:], infos[1:], strict=True):
        if abs(_shape(info) - _shape(first)) > 0.02:
            yield f"{name} has another shape than {names[0]}: it is stretched"
        if info.rate != first.rate:
            yield f"{name} has another frame rate than {names[0]}: frames are shown one for one"


def _pictures(
    info: ClipInfo, size: tuple[int, int]
) -> Generator[tuple[Frame, Picture], None, None]:
    """Frames of a clip with their pictures in 8 bits."""
    for frame in read_frames(info, size=size):
        image = frame.image
        if image.dtype == np.uint16:
            image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
        yield frame, image.astype(np.uint8)


def _beside(pictures: Sequence[Picture], names: Sequence[str]) -> Picture:
    """All of them in a grid, each with its name."""
    cells = [captioned(one, name) for one, name in zip(pictures, names, strict=True)]
    height, width = pictures[0].shape[:2]
    columns = columns_of(len(cells), width / height)
    return grid([cells[i : i + columns] for i in range(0, len(cells), columns)], GAP)


def _wiped(pictures: Sequence[Picture], names: Sequence[str], second: float) -> Picture:
    """The first left of a line that goes to and fro, the second right of it."""
    left, right = pictures
    height, width = left.shape[:2]
    at = line_at(second, width)
    picture = np.where(np.arange(width)[None, :, None] < at, left, right).astype(np.uint8)
    picture[:, max(0, at - 1) : at + 1] = WHITE
    strip = blank(2 * (caption_height(height) // 2), width)
    room = (width - 24) // 2  # each has its half
    size = min(fitting(name, round(0.62 * strip.shape[0]), room) for name in names)
    first, last = (shortened(name, size, room) for name in names)
    write(strip, first, (8, strip.shape[0] // 2), size)
    write(strip, last, (width - 8 - text_width(last, size), strip.shape[0] // 2), size)
    return np.concatenate([strip, picture])


def line_at(second: float, width: int) -> int:
    """Where the line of a wipe stands: in the middle at first, then right, left, and back.

    Example:
        >>> [line_at(second, 100) for second in (0, 1.5, 3, 4.5)]
        [50, 95, 50, 5]
    """
    return round(width * (0.5 + 0.45 * sin(2 * pi * second / ROUND)))
