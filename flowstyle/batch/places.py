"""Where the results of a batch go: each to a place of its own, and folders made for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from flowstyle.batch.file import Batch
from flowstyle.batch.job import Job
from flowstyle.batch.problems import Problems
from flowstyle.batch.sources import would_find
from flowstyle.core import disk
from flowstyle.core.errors import OutputError
from flowstyle.media.output import folder_of, is_pictures, work_folder


def check_places(batch: Batch, problems: Problems) -> None:
    """Find results in each other's place, in that of a source, and where a pattern looks for clips.

    Args:
        batch: as read.
        problems: takes what is found.
    """
    taken: dict[Path, Job] = {}
    sources = {_real(source): job for job in batch.jobs for source in (job.clip, *job.styles)}
    for job in batch.jobs:
        with problems:
            target = folder_of(job.path) if is_pictures(job.path) else job.path.absolute()
            other = taken.setdefault(work_folder(job.path).resolve(), job)
            if other is not job:
                raise OutputError(
                    f"job {other.number} has the same output, {job.path}",
                    job.place,
                    "let the output's name hold {clip}, {style}, {settings} or {folder}",
                )
            if _real(target) in sources:
                raise OutputError(
                    f"the output {job.path} is read by job {sources[_real(target)].number}",
                    job.place,
                    "give another output",
                )
            pattern = _finding(batch.patterns, target)
            if pattern:
                raise OutputError(
                    f"the next time {pattern} would take the output {job.path} for a source",
                    job.place,
                    "let results go to a folder of their own",
                )


def _finding(patterns: Sequence[str], target: Path) -> str:
    """The pattern that would find a result, "" if none would."""
    place = Path(os.path.normpath(target))
    absolute = {pattern: os.path.normpath(Path(pattern).absolute()) for pattern in patterns}
    return next((one for one, path in absolute.items() if would_find(path, place)), "")


def is_there(job: Job) -> bool:
    """Whether something is at the place of a job's result."""
    if is_pictures(job.path):
        folder = folder_of(job.path)
        return disk.is_folder(folder) and any(folder.iterdir())
    return not disk.why_missing(job.path)


def _real(path: Path) -> Path:
    return path.absolute().resolve()


@contextmanager
def folders_made(batch: Batch) -> Iterator[list[Path]]:
    """Make the folders that results go to; they go again unless the caller empties the list.

    Yields:
        Folders that were made, the outermost first.

    Raises:
        OutputError: one cannot be made.
        StorageError: the disk is full or broken.
    """
    made: list[Path] = []
    try:
        for job in batch.jobs:
            parent = work_folder(job.path).parent
            missing = [one for one in (parent, *parent.parents) if disk.why_missing(one)]
            for folder in reversed(missing):
                try:
                    folder.mkdir()
                except OSError as error:
                    raise disk.explain(error, folder) from error
                made.append(folder)
        yield made
    finally:
        for folder in reversed(made):
            with suppress(OSError):  # it holds something by now
                folder.rmdir()
