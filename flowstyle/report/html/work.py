"""The frames of a work folder as the report shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from flowstyle.core.colour import keep_colours
from flowstyle.core.images import eight_bits, to_tensor, to_uint8
from flowstyle.report.html.film import Moment, shape_of
from flowstyle.report.html.record import Record, read_record
from flowstyle.report.html.view_pictures import kept_views
from flowstyle.storage.looking import FolderView
from flowstyle.storage.sources import SOURCE
from flowstyle.temporal.frames import RESULT

RECORD = "run.json"
"""Name of the record in a work folder."""


def moments_of(
    folder: Path, record: Record, check: Callable[[], None] = lambda: None
) -> Iterator[Moment]:
    """The finished frames of a work folder, in order, as they are written to the result.

    Args:
        folder: the work folder.
        record: of its run.
        check: called before each frame; raises to end it.

    Raises:
        StorageError: a frame is missing or damaged.
    """
    view = FolderView(folder)
    shape = shape_of(record.size, record.pixel_shape)
    for index in range(view.count(RESULT)):
        check()
        source, styled = view.image(SOURCE, index), view.image(RESULT, index)
        if record.original_colors:
            styled = to_uint8(keep_colours(to_tensor(styled), to_tensor(source)))
        views = kept_views(folder, index, shape) if record.views else {}
        yield Moment(eight_bits(source), eight_bits(styled), views)


def record_in(folder: Path) -> Record:
    """The record that a run keeps in its work folder.

    Raises:
        UsageError: there is none, or it cannot be read.
        StorageError: the disk fails.
    """
    return read_record(folder / RECORD)
