"""A preview as files: one sheet of stills, and a short moving piece."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from flowstyle.core.disk import readable_size
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.carried import Carried
from flowstyle.media.clip_writer import open_writer
from flowstyle.media.pictures import write_picture
from flowstyle.render.estimate import Estimate, readable_time
from flowstyle.render.preview.result import Picture, Preview
from flowstyle.report.layout import blank, captioned, grid, stretched_to
from flowstyle.report.lettering import WHITE, Colour, fitting, shortened, write

CELL = (408, 408)
"""Largest (width, height) of a still on the sheet: three of them are 1280 pixels wide."""
MOVING_CELL = (480, 360)
"""Of a picture in the moving piece, which is no larger than twice what was painted."""
GREY: Colour = (170, 170, 170)
LINE, LETTERS = 24, 15
"""Height of a line of text below the stills, and size of its letters."""
FASTEST = Fraction(12)
"""Frames a second of the moving piece at most: it is short, and shown at half its speed or less."""


def preview_sheet(preview: Preview) -> Picture:
    """The stills: a row of the clip itself, a row for each look, and what the render will take.

    Args:
        preview: any.

    Returns:
        H×W×3 RGB, about 1280 pixels wide.
    """
    cell = _cell(preview, CELL)
    rows = [_row("the clip", preview.sources, preview, cell)]
    rows += [_row(look.label, look.stills, preview, cell) for look in preview.looks]
    sheet = grid(rows)
    return np.concatenate([_title(preview, sheet.shape[1]), sheet, _notes(preview, sheet.shape[1])])


def preview_moving(preview: Preview) -> list[Picture]:
    """The moving piece there and back: the clip beside its looks, in rows.

    Args:
        preview: any.

    Returns:
        Pictures of one size; the first follows the last.
    """
    count = min([len(preview.moving), *(len(look.moving) for look in preview.looks)])
    cell = _cell(preview, MOVING_CELL, most=2.0)
    shown = [("the clip", preview.moving), *((look.label, look.moving) for look in preview.looks)]
    columns = next(n for n in range(1, 5) if n * n >= len(shown))
    columns = max(2, columns)
    pictures = []
    for index in range(count):
        cells = [captioned(stretched_to(row[index], cell), label) for label, row in shown]
        pictures.append(grid([cells[i : i + columns] for i in range(0, len(cells), columns)]))
    return pictures + pictures[-2:0:-1]


def write_preview(preview: Preview, sheet: Path, *, overwrite: bool = False) -> Path:
    """Write the sheet, and beside it the moving piece as ``.webp``.

    Args:
        preview: any.
        sheet: a picture's path.
        overwrite: replace existing files.

    Returns:
        Path of the moving piece.

    Raises:
        OutputError: one of them exists, or cannot be written there.
        StorageError: the disk is full or broken.
    """
    moving = moving_path(sheet)
    write_picture(sheet, preview_sheet(preview), overwrite)
    rate = min(FASTEST, preview.rate / 2)
    pictures = preview_moving(preview)
    height, width = pictures[0].shape[:2]
    info = ClipInfo(moving, width, height, len(pictures), 1 / rate, rate)
    # It keeps nothing of a clip; the path may well be that of an earlier preview.
    with open_writer(moving, info, carried=Carried(), overwrite=overwrite) as writer:
        for index, picture in enumerate(pictures):
            writer.write(Frame(index, index, 1, picture))
    return moving


def moving_path(sheet: Path) -> Path:
    """Where the moving piece goes: beside the sheet."""
    own = sheet.suffix.lower() == ".webp"
    return sheet.with_suffix(".moving.webp" if own else ".webp")


def _cell(preview: Preview, box: tuple[int, int], most: float = 4.0) -> tuple[int, int]:
    """(width, height) of a picture on the sheet: even, and not enlarged beyond reason.

    It has the shape in which the clip is shown: the sheet's own pixels are square.
    """
    width, height = preview.size[0] * preview.pixel_shape, preview.size[1]
    scale = min(box[0] / width, box[1] / height, most)
    return 2 * round(width * scale / 2), 2 * round(height * scale / 2)


def _row(
    label: str, pictures: tuple[Picture, ...], preview: Preview, cell: tuple[int, int]
) -> list[Picture]:
    """Three stills of one look."""
    return [
        captioned(
            stretched_to(picture, cell),
            f"{label}: {moment.what} (no. {moment.frame}, {clock_time(moment.second)})",
        )
        for picture, moment in zip(pictures, preview.moments, strict=True)
    ]


def _title(preview: Preview, width: int) -> Picture:
    """What this is, in one line."""
    strip = blank(36, width)
    own, full = ("×".join(map(str, size)) for size in (preview.size, preview.full))
    text = f"Preview of {preview.clip.name} - painted at {own}, the render is {full}"
    size = fitting(text, 18, width - 24)
    write(strip, shortened(text, size, width - 24), (12, 20), size)
    return strip


def _notes(preview: Preview, width: int) -> Picture:
    """What the renders will take, and what differs."""
    lines = [(f"{look.label}: {taken(look.estimate)}", WHITE) for look in preview.looks] + [
        (line, GREY) for line in preview.differs
    ]
    strip = blank(LINE * len(lines) + 16 + (LINE * len(lines)) % 2, width)
    for number, (text, colour) in enumerate(lines):
        size = fitting(text, LETTERS, width - 24)
        write(strip, shortened(text, size, width - 24), (12, 8 + LINE * number + 10), size, colour)
    return strip


def taken(estimate: Estimate) -> str:
    """Time, memory and disk of a render in one line."""
    memory, disk = readable_size(estimate.memory), readable_size(estimate.disk)
    return (
        f"the full render takes about {readable_time(estimate.seconds)} for {estimate.frames} "
        f"frames, {memory} of memory, {disk} of disk"
    )


def clock_time(second: float) -> str:
    """A time in a clip as players show it.

    Example:
        >>> clock_time(0), clock_time(83.25), clock_time(3725.96)
        ('0:00.0', '1:23.2', '1:02:05.9')
    """
    tenths = int(second * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{start}:{rest // 10:02d}.{rest % 10}"
