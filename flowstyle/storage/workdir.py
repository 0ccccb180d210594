"""The work folder of one run: what is done, what is not, and nothing in between.

Its content: ``lock``, ``settings.json`` (the fingerprint), ``journal.jsonl``, one folder for each
kind of frame (``source``, ``sweep1``, …) and ``archive-N`` from earlier restarts.
"""

from __future__ import annotations

import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from flowstyle.core import disk
from flowstyle.core.errors import StorageError
from flowstyle.core.events import Notice, Report, ignore
from flowstyle.core.failpoints import failpoint
from flowstyle.core.files import link_or_copy, make_folder, remove_temporaries, write_atomic
from flowstyle.storage import png
from flowstyle.storage.archive import begin_or_verify
from flowstyle.storage.commit_queue import CommitQueue
from flowstyle.storage.fingerprint import Fingerprint
from flowstyle.storage.journal import Journal, Record
from flowstyle.storage.ledger import FRAME, NAME, Entry, Ledger, frame_name
from flowstyle.storage.lock import FolderLock
from flowstyle.storage.png import Picture
from flowstyle.storage.reader import decode, verified

ENCODERS = max(1, min(4, (os.cpu_count() or 1) // 2))
"""Threads that encode the frames that are written in the background."""


class WorkDir:
    """A locked work folder; open it with :meth:`open`, best in a ``with`` statement.

    A file counts as done when the journal holds its hash and, at opening, the file has it. All
    methods may be called from any thread: one thread does all the writing, and whoever reads a
    file waits for the disk without holding a lock.
    """

    def __init__(self, path: Path, lock: FolderLock, journal: Journal) -> None:
        self.path = path
        self._lock = lock
        self._journal = journal
        self._ledger = Ledger.of(journal.records)
        journal.records.clear()  # one copy is enough for a long clip
        self._known = threading.Lock()  # of the ledger
        self._queue = CommitQueue()
        self._encoders = ThreadPoolExecutor(ENCODERS, "encode-png")

    @classmethod
    def open(
        cls,
        path: Path | str,
        fingerprint: Fingerprint,
        *,
        restart: bool = False,
        report: Report = ignore,
        result: str = "",
    ) -> WorkDir:
        """Create the folder or take up the work in it.

        Args:
            path: the folder; its parent exists.
            fingerprint: everything that can change the result, see
                :mod:`flowstyle.storage.fingerprint`; JSON types.
            restart: set earlier content aside in ``archive-N`` and begin anew.
            report: told what is resumed, archived or damaged.
            result: kind of the frames that the work is for; how many there are is told.

        Returns:
            The folder, locked.

        Raises:
            WorkdirBusyError: if another run holds it.
            ResumeMismatchError: if it belongs to another input, setting or version.
            OutputError: if it cannot be created or written, or holds something else.
            StorageError: if the disk is full or fails.
        """
        path = Path(path).absolute()
        disk.require_writable(path if disk.is_folder(path) else path.parent)
        make_folder(path)
        lock = FolderLock(path)
        try:
            archive = begin_or_verify(path, fingerprint, restart)
            if archive is not None:
                report(Notice(f"earlier work is set aside in {archive}"))
            workdir = cls(path, lock, Journal(path))
            workdir._take_stock(report, result)
        except BaseException:
            lock.release()
            raise
        return workdir

    def _take_stock(self, report: Report, result: str) -> None:
        """Verify every file, forget the broken ones, and clear what a kill left behind."""
        try:
            for folder in filter(Path.is_dir, self.path.iterdir()):
                if not folder.is_symlink() and not folder.name.startswith("archive-"):
                    remove_temporaries(folder)
            self._delete_given_up()
        except OSError as error:
            raise disk.explain(error, self.path) from error
        files = self._ledger.files
        frames = len(list(filter(FRAME.fullmatch, files)))
        broken = self._ledger.broken(self.path)
        for name in broken:
            del files[name]
        if self._journal.damaged:
            lines, path = self._journal.damaged, self._journal.path
            report(Notice(f"{lines} damaged lines of the journal are left out: {path}"))
        if broken:
            names = ", ".join(sorted(broken)[:10]) + (", …" if len(broken) > 10 else "")
            report(Notice(f"{len(broken)} missing or damaged files are made again: {names}"))
        if frames:
            verified = len(list(filter(FRAME.fullmatch, files)))
            told = f"resuming: {verified} of {frames} kept pictures verified"
            painted = len(self._ledger.indices(result))
            report(Notice(f"{told}, painted frames among them: {painted}" if result else told))

    def _delete_given_up(self) -> None:
        """Delete the files of discarded kinds, as far as the journal lists them."""
        with self._known:
            names = list(self._ledger.given_up)
        for name in names:
            (self.path / name).unlink(missing_ok=True)
        with self._known:
            self._ledger.given_up.difference_update(names)

    # Files

    def commit_bytes(self, name: str, data: bytes, extra: Record | None = None) -> None:
        """Put a file in place and note it, both on the disk when this returns.

        Args:
            name: ``file`` or ``folder/file`` below the work folder.
            data: the whole content.
            extra: facts to keep with it; JSON types.

        Raises:
            StorageError: if the disk is full or fails; nothing is noted then.
        """
        self._queue.run(lambda: self._commit(name, data, extra))

    def _commit(self, name: str, data: bytes, extra: Record | None) -> None:
        if not NAME.fullmatch(name):
            raise ValueError(f"not a name below a work folder: {name!r}")
        path = self.path / name
        make_folder(path.parent)
        write_atomic(path, data)
        record: Record = {"name": name, "sha256": hashlib.sha256(data).hexdigest()}
        self._append(record | ({"extra": extra} if extra else {}))

    def adopt(self, folder: Path, name: str, entry: Entry) -> bool:
        """Take over a file that another process has committed in a folder of its own.

        The file stays there too, as a second name of the same content where the disk has such. One
        that has been given up there since is left out.

        Args:
            folder: that folder.
            name: of the file there and here.
            entry: what is noted of it there.

        Returns:
            Whether it is new here.

        Raises:
            StorageError: if the disk is full or fails; nothing is noted then.
        """
        if self.has(name):
            return False
        self._queue.run(lambda: self._adopt(folder / name, name, entry))
        return self.has(name)

    def _adopt(self, source: Path, name: str, entry: Entry) -> None:
        path = self.path / name
        make_folder(path.parent)
        if not link_or_copy(source, path):
            return
        failpoint("adopted")
        extra = {"extra": entry.extra} if entry.extra else {}
        self._append({"name": name, "sha256": entry.sha256, **extra})

    def _append(self, record: Record) -> None:
        self._journal.append(record)
        with self._known:
            self._ledger.apply(record)

    def load_bytes(self, name: str) -> bytes:
        """Content of a committed file.

        Raises:
            KeyError: if it is not done.
            StorageError: if the file has changed since or cannot be read.
        """
        return verified(self.path / name, self._entry(name).sha256)

    def _entry(self, name: str) -> Entry:
        """What is noted of a file, waiting for it if it is just being committed.

        Raises:
            KeyError: if it is not done.
        """
        with self._known:
            entry = self._ledger.files.get(name)
        if entry is not None:
            return entry
        self._queue.flush()
        with self._known:
            return self._ledger.files[name]

    def noted(self, kind: str, figure: str) -> dict[int, float]:
        """A figure that was kept with the frames of one kind, by their numbers, in order.

        Args:
            kind: see :meth:`commit_image`.
            figure: name in ``extra``; frames without it are left out.
        """
        with self._known:
            entries = {index: self._entry_of(kind, index) for index in self._ledger.indices(kind)}
        return {i: entries[i].extra[figure] for i in sorted(entries) if figure in entries[i].extra}

    def _entry_of(self, kind: str, index: int) -> Entry:
        return self._ledger.files[frame_name(kind, index)]

    # Frames

    def commit_image(
        self, kind: str, index: int, image: Picture, extra: Record | None = None
    ) -> None:
        """Commit a frame as lossless PNG, see :meth:`commit_bytes`.

        Args:
            kind: ``source``, ``sweep1``, …
            index: number of the frame in the clip, from 0.
            image: H×W×3 RGB (or H×W), uint8 or uint16 over its full range.
            extra: facts to keep with it, for instance its pts.
        """
        self.commit_bytes(frame_name(kind, index), png.encode(image), extra)

    def commit_async(
        self, kind: str, index: int, image: Picture, extra: Record | None = None
    ) -> None:
        """Like :meth:`commit_image`, in the background: encoded side by side, written in order.

        A failure surfaces at a later call, at the latest in :meth:`flush` or at the end of the
        ``with`` statement. At most four frames wait. The thread that writes does not encode: where
        a GPU paints it has enough to do.
        """
        self._queue.raise_if_closed()
        encoded = self._encoders.submit(png.encode, image.copy())  # the caller may go on with it
        name = frame_name(kind, index)
        self._queue.submit(lambda: self._commit(name, encoded.result(), extra))

    def commit_image16(
        self, kind: str, index: int, image: np.ndarray[Any, Any], extra: Record | None = None
    ) -> None:
        """Commit a uint16 frame, the form in which one frame is handed to the next.

        Raises:
            ValueError: for another type.
        """
        if image.dtype != np.uint16:
            raise ValueError(f"expected uint16, got {image.dtype}")
        self.commit_image(kind, index, image, extra)

    def flush(self) -> None:
        """Wait until everything handed to :meth:`commit_async` is on the disk.

        Raises:
            StorageError: if one of the commits failed.
        """
        self._queue.flush()

    def load_image(self, kind: str, index: int) -> Picture:
        """A committed frame, of the type it was committed in.

        Raises:
            KeyError: if the frame is not done.
            StorageError: if its file has changed since or cannot be read.
        """
        name = frame_name(kind, index)
        return decode(self.path / name, self.load_bytes(name))

    def load_image16(self, kind: str, index: int) -> np.ndarray[Any, np.dtype[np.uint16]]:
        """A frame committed by :meth:`commit_image16`; raises as :meth:`load_image`."""
        image = self.load_image(kind, index)
        if image.dtype != np.uint16:
            name = frame_name(kind, index)
            raise StorageError("a finished frame does not have 16 bits", self.path / name)
        return image  # type: ignore[return-value]

    def is_done(self, kind: str, index: int) -> bool:
        """Whether a frame is committed and, if from an earlier run, has its hash."""
        return self.has(frame_name(kind, index))

    def has(self, name: str) -> bool:
        """Whether a file is committed and, if from an earlier run, has its hash."""
        with self._known:
            return name in self._ledger.files

    def verified(self, kind: str) -> set[int]:
        """Numbers of the frames of one kind that are done."""
        with self._known:
            return self._ledger.indices(kind)

    def extra(self, kind: str, index: int) -> Record:
        """The facts kept with a frame.

        Raises:
            KeyError: if the frame is not done.
        """
        return self._entry(frame_name(kind, index)).extra

    # Whole kinds, and other facts

    def discard(self, kind: str) -> None:
        """Give up a superseded sweep: note it, then delete the files that the journal lists for it.

        Raises:
            StorageError: if it cannot be noted; nothing is deleted then.
        """
        frame_name(kind, 0)  # raises for anything but a plain name

        def give_up() -> None:
            self._append({"discard": kind})
            failpoint("discard")
            try:
                self._delete_given_up()
            except OSError as error:
                raise disk.explain(error, self.path / kind) from error

        self._queue.run(give_up)

    def is_discarded(self, kind: str) -> bool:
        """Whether the kind was once complete and given up."""
        with self._known:
            return kind in self._ledger.discarded

    def note(self, record: Record) -> None:
        """Note a fact in the journal (cuts, frame times, repeated frames).

        Args:
            record: JSON types, with a ``type`` by which :meth:`records` finds it.

        Raises:
            ValueError: if ``type`` is missing.
            StorageError: if the disk is full or fails.
        """
        if not isinstance(record.get("type"), str):
            raise ValueError(f"a record needs a type: {record!r}")
        self._queue.run(lambda: self._append(record))

    def records(self, kind: str) -> list[Record]:
        """All facts noted with this ``type``, in order, of this run and the ones it resumes."""
        with self._known:
            return [record for record in self._ledger.notes if record["type"] == kind]

    # End

    def close(self) -> None:
        """Finish waiting commits and unlock; a second call does nothing.

        Raises:
            StorageError: if a commit failed and no call has said so yet.
        """
        try:
            self._queue.close()
        finally:
            self._journal.close()
            self._lock.release()
            self._encoders.shutdown()
        self._queue.flush()

    def __enter__(self) -> WorkDir:
        """Return the folder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close; a failed commit does not hide an exception that is under way."""
        try:
            self.close()
        except Exception:
            if error is None:
                raise
