"""Folders of jobs: what other processes have painted, each in a folder below the work folder.

A job's folder is a work folder of its own, with lock and journal. The process that paints commits
into it; the process that holds the render's work folder takes the frames over as they appear, and
deletes the folder when nothing in it is new. Whatever dies in between, the next run finds the
frames in one folder or in both.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy import uint16
from numpy.typing import NDArray

from flowstyle.core.disk import explain
from flowstyle.core.errors import WorkdirBusyError
from flowstyle.core.events import Notice, Report
from flowstyle.core.failpoints import failpoint
from flowstyle.core.files import make_folder
from flowstyle.storage.journal import Record
from flowstyle.storage.ledger import FRAME, Entry
from flowstyle.storage.lock import FolderLock
from flowstyle.storage.png import Picture
from flowstyle.storage.reader import FolderReader
from flowstyle.storage.workdir import WorkDir

JOBS = "jobs"
NAME = re.compile(r"\d{6,9}-\d{6,9}(-keys)?")
NOTICE = "notice"
"""Type of a job's record that holds what the user should be told."""
PATIENCE = 30.0
"""Seconds that a process which has lost its parent gets to notice it."""


class JobDir:
    """Where a job finds painted frames and keeps its own: its folder, over the render's.

    Args:
        own: the job's folder.
        render: the render's work folder, which is only read.
    """

    def __init__(self, own: WorkDir, render: FolderReader) -> None:
        self.path = own.path
        self._own = own
        self._render = render

    def is_done(self, kind: str, index: int) -> bool:
        """Whether a frame is committed in either folder."""
        return self._own.is_done(kind, index) or self._render.is_done(kind, index)

    def is_discarded(self, kind: str) -> bool:
        """Whether the kind was given up in either folder."""
        return self._own.is_discarded(kind) or self._render.is_discarded(kind)

    def load_image(self, kind: str, index: int) -> Picture:
        """A committed frame; raises as :meth:`WorkDir.load_image`."""
        holder = self._own if self._own.is_done(kind, index) else self._render
        return holder.load_image(kind, index)

    def commit_image16(
        self, kind: str, index: int, image: NDArray[uint16], extra: Record | None = None
    ) -> None:
        """Commit a frame into the job's folder; raises as :meth:`WorkDir.commit_image16`."""
        self._own.commit_image16(kind, index, image, extra)
        failpoint("job_committed")

    def discard(self, kind: str) -> None:
        """Give up a kind; raises as :meth:`WorkDir.discard`."""
        self._own.discard(kind)


class TakenOver:
    """The frames of one job, on their way into the render's work folder.

    Args:
        path: the job's folder, which may not be there yet.
        workdir: of the render.
    """

    def __init__(self, path: Path, workdir: WorkDir) -> None:
        self.path = path
        self._workdir = workdir
        self._reader = FolderReader(path)

    def take(self) -> list[Record]:
        """Take over what is new.

        Returns:
            The job's new records: frames, and what it noted.

        Raises:
            StorageError: if the disk is full or fails.
        """
        records = self._reader.refresh()
        for record in records:
            self._take(record)
        return records

    def take_verified(self) -> int:
        """Take over what a killed run has left, as far as its files are whole.

        Returns:
            Number of frames that are new.
        """
        records = self._reader.refresh()
        broken = set(self._reader.broken())
        whole = [record for record in records if record.get("name") not in broken]
        return sum(self._take(record) for record in whole)

    def _take(self, record: dict[str, Any]) -> bool:
        name, kind = record.get("name"), record.get("discard")
        if isinstance(kind, str):
            if not self._workdir.is_discarded(kind):
                self._workdir.discard(kind)
            return False
        found = FRAME.fullmatch(name) if isinstance(name, str) else None
        if found is None or self._workdir.is_discarded(found[1]):
            return False
        entry = Entry(str(record.get("sha256")), record.get("extra", {}))
        return self._workdir.adopt(self.path, found[0], entry)

    def remove(self) -> None:
        """Delete the folder; all that it holds is in the render's."""
        try:
            if self.path.is_dir() and not self.path.is_symlink():
                shutil.rmtree(self.path)
        except OSError as error:
            raise explain(error, self.path) from error


def job_folder(workdir: WorkDir, name: str) -> Path:
    """Where a job is to keep its frames; the folder above is made.

    Args:
        workdir: of the render.
        name: of the job, see :data:`NAME`.
    """
    folder = workdir.path / JOBS
    make_folder(folder)
    return folder / name


def take_over_all(workdir: WorkDir, report: Report) -> None:
    """Take over what the jobs of a killed run have left, and delete their folders.

    Args:
        workdir: of the render, locked.
        report: told how many frames.

    Raises:
        WorkdirBusyError: a process of that run still paints.
        StorageError: if the disk is full or fails.
    """
    folder = workdir.path / JOBS
    left = sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []
    taken = 0
    for path in left:
        if NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            job = TakenOver(path, workdir)
            with _unused(path):
                taken += job.take_verified()
            job.remove()
    if taken:
        report(Notice(f"{taken} frames are taken over from workers of a run that was ended"))


@contextmanager
def _unused(path: Path) -> Iterator[None]:
    """Wait until the process that paints in a folder has noticed that its run is gone."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            lock = FolderLock(path)
            break
        except WorkdirBusyError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    with lock:
        yield
