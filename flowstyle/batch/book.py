"""What a batch has finished: kept beside its file, so that the same command goes on.

``JOBS.toml.flowstyle/`` holds a lock, under which one process at a time paints the batch, and a
journal with two kinds of records. ``begun`` is noted before a job paints where its result was not
there: a result that is found later is then its own, written just before a kill. ``done`` holds the
fingerprint of its frames, how they were written, and the identity of the result's file.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from flowstyle.batch.job import Job
from flowstyle.core.errors import OutputError, WorkdirBusyError
from flowstyle.core.files import make_folder
from flowstyle.media.output import folder_of, is_pictures
from flowstyle.media.picture_folder import natural_key
from flowstyle.render.passes import LARGEST_PASS
from flowstyle.render.result import Output
from flowstyle.storage import journal
from flowstyle.storage.fingerprint import (
    Fingerprint,
    differences,
    file_identity,
    normalise,
)
from flowstyle.storage.journal import Journal, Record, parse_line
from flowstyle.storage.lock import FolderLock

HOW = {
    *("path", "overwrite", "restart", "debug", "measure"),
    *("executor", "workers", "devices", "report", "command", "page"),
    *("address", "cpus_per_job", "gpus_per_job", "shared_disk"),
}
"""What can be said of an output that changes nothing in the file."""

ELSEWHERE = {"machine", LARGEST_PASS}
"""In a fingerprint: what may change once a result is finished, which stays as it is."""

CHOSEN = {"width", "effort"}
"""Settings that a budget of time may have chosen."""


def folder_beside(file: Path) -> Path:
    """Where the book of a file of jobs lies."""
    return file.with_name(file.name + ".flowstyle")


def read_records(file: Path) -> list[Record]:
    """What is noted of a batch, without beginning anything.

    Args:
        file: of jobs.
    """
    try:
        lines = (folder_beside(file) / journal.NAME).read_bytes().splitlines(keepends=True)
    except OSError:
        return []
    return [record for record in map(parse_line, lines) if record is not None]


class Notes:
    """The last that was noted of each job.

    Args:
        file: of jobs.
        records: in order.
    """

    def __init__(self, file: Path, records: list[Record]) -> None:
        self._base = file.parent
        self._last: dict[str, Record] = {
            record["output"]: record for record in records if isinstance(record.get("output"), str)
        }

    def done(self, job: Job) -> Record | None:
        """What is noted of a finished job."""
        record = self._of(job)
        return record if record.get("type") == "done" else None

    def begun(self, job: Job) -> bool:
        """Whether a job began when no result was there, and has not been noted as finished."""
        return self._of(job).get("type") == "begun"

    def _of(self, job: Job) -> Record:
        return self._last.get(key_of(job, self._base), {})


class Book:
    """The book of a batch, open for notes; used in a ``with`` statement.

    Args:
        file: of jobs.

    Raises:
        WorkdirBusyError: another process paints this batch.
        OutputError: it cannot be written beside the file.
        StorageError: the disk is full or broken.
    """

    def __init__(self, file: Path) -> None:
        self.folder = folder_beside(file).absolute()
        self._base = file.parent
        make_folder(self.folder)
        try:
            self._lock = FolderLock(self.folder)
        except WorkdirBusyError as error:
            error.advice = "wait for it or stop it: a file of jobs is painted by one process"
            raise
        try:
            self._journal = Journal(self.folder)
        except BaseException:
            self._lock.release()
            raise
        self.notes = Notes(file, self._journal.records)

    def note_begun(self, job: Job) -> None:
        """Note that a job begins, and that its result is not there."""
        self._journal.append({"type": "begun", "output": key_of(job, self._base)})

    def note_done(self, job: Job, fingerprint: Fingerprint, facts: Record) -> None:
        """Note that a job's result is in place.

        Args:
            job: that ended.
            fingerprint: of its frames.
            facts: for the table.
        """
        record = {
            "type": "done",
            "output": key_of(job, self._base),
            "fingerprint": fingerprint,
            "written": _written(job),
            "file": identity(job.path),
            "facts": facts,
        }
        self._journal.append(normalise(record))

    def __enter__(self) -> Book:
        """Return the book itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._journal.close()
        self._lock.release()


def key_of(job: Job, base: Path) -> str:
    """The result's place as seen from the file of jobs: both may be moved together."""
    try:
        return Path(os.path.relpath(job.path.absolute(), base.absolute())).as_posix()
    except ValueError:  # on another drive
        return job.path.absolute().as_posix()


def identity(path: Path) -> Fingerprint:
    """A result by its content, be it a file or a folder of pictures.

    Raises:
        OutputError: it cannot be read.
    """
    try:
        if is_pictures(path):
            return file_identity(sorted(folder_of(path).iterdir(), key=natural_key))
        return file_identity(path)
    except OSError as error:
        raise OutputError(
            f"the result cannot be read: {error.strerror}", path, "look who else writes there"
        ) from error


def changed_since(record: Record, job: Job, fingerprint: Fingerprint) -> list[str]:
    """What a job asks for that its finished result was not made with; nothing means done.

    Args:
        record: of the finished job.
        job: as it is asked for now.
        fingerprint: of the frames that it would give.
    """
    free = CHOSEN if job.budget is not None else set()
    noted = record.get("fingerprint")
    before = _kept(noted if isinstance(noted, dict) else {}, free)
    after = _kept(fingerprint, free)
    before["written"], after["written"] = record.get("written"), _written(job)
    return differences(normalise(before), normalise(after))


def _kept(fingerprint: Fingerprint, free: set[str]) -> Fingerprint:
    """The part of a fingerprint that a finished result is held to."""
    kept = {name: value for name, value in fingerprint.items() if name not in ELSEWHERE}
    settings = kept.get("settings")
    if isinstance(settings, dict):
        kept["settings"] = {name: value for name, value in settings.items() if name not in free}
    return kept


def _written(job: Job) -> dict[str, Any]:
    """How a result is written, as far as that decides its file."""
    values = asdict(job.output)
    usual = asdict(Output())
    said = {name: value for name, value in values.items() if value != usual[name]}
    said = {name: value for name, value in said.items() if name not in HOW}
    return {**said, "original_colors": job.settings.original_colors, "budget": job.budget}
