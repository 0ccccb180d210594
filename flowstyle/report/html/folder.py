"""The folder of a report: made beside its place, put there whole, and never over other files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowstyle.core import disk
from flowstyle.core.errors import FlowstyleError, OutputError
from flowstyle.media.output import discard, folder_of, is_pictures

PAGE, DATA, MEDIA, CHARTS = "index.html", "report.json", "media", "plotly.min.js"
SCRIPTS = ("page.js", "players.js", "sketch.js", "charts.js")
STYLES = ("page.css",)
OURS = {PAGE, DATA, MEDIA, CHARTS, *SCRIPTS, *STYLES}
"""All names in the folder of a report; where there are others, it is somebody else's."""


def report_folder(path: Path) -> Path:
    """The folder of a result's report: ``OUT.report``, as an absolute path.

    Args:
        path: the output file, folder or pattern.

    Example:
        >>> report_folder(Path("/tmp/beach.mp4")).name, report_folder(Path("/tmp/f/%04d.png")).name
        ('beach.mp4.report', 'f.report')
    """
    target = folder_of(path) if is_pictures(path) else path.absolute()
    return target.with_name(target.name + ".report")


def check_free(folder: Path) -> None:
    """Refuse a place that holds anything but an earlier report.

    Raises:
        OutputError: it does.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError("the report's place is taken by a file", folder, "move it away")
    inside = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if inside - OURS:
        other = folder / min(inside - OURS)
        advice = "move it away, or give the result another name"
        raise OutputError("the report's folder holds other files", other, advice)


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which takes its place when the block ends well; else nothing has changed.

    Args:
        folder: the place; an earlier report there is replaced.

    Raises:
        OutputError: something else is there, or it cannot be written.
        StorageError: the disk is full or broken.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    disk.require_name(partial)
    try:
        check_free(folder)
        discard(partial)
        partial.mkdir()
    except OSError as error:
        raise disk.explain(error, folder) from error
    try:
        yield partial
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    except OSError as error:
        raise disk.explain(error, folder) from error
    finally:
        discard(partial)


def why_not_written(error: Exception) -> str:
    """What prevented a report, in one line."""
    if isinstance(error, FlowstyleError):
        return f"{error.what} ({error.where})" if error.where else error.what
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"{type(error).__name__}: {error}"
