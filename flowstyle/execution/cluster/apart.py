"""Jobs on machines that do not see the work folder: frames go there and come back as bytes.

A worker asks for journal and frames of the render as it needs them, commits into a folder of its
own, and sends what it has committed. The sender commits that into the job's folder on its own disk,
where it is taken over as from any worker.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from flowstyle.core.disk import explain
from flowstyle.core.errors import FlowstyleError, StorageError
from flowstyle.execution.cluster.station import Call, Outfit, bench_of, speak_into
from flowstyle.execution.crew import Recipe
from flowstyle.storage.jobs import NOTICE
from flowstyle.storage.journal import Record
from flowstyle.storage.reader import FolderReader
from flowstyle.storage.workdir import WorkDir

LOOK = 0.05
"""Seconds between two looks at what has been committed."""
SAID = "said"
"""Type of the record that comes with what a worker has said."""

Parcel = tuple[Record, bytes]
"""A record of a job's journal, and the content of the file that it notes."""


class DistantFolder(FolderReader):
    """A work folder on the disk of another machine.

    Args:
        depot: Ray's handle of a :class:`FolderReader` there.
        path: of the folder there, for messages.
    """

    def __init__(self, depot: Any, path: Path) -> None:
        super().__init__(path)
        self._depot = depot

    def added(self, start: int) -> bytes:
        """See :meth:`FolderReader.added`."""
        return _asked(self._depot.added.remote(start))

    def content(self, name: str) -> bytes:
        """See :meth:`FolderReader.content`."""
        return _asked(self._depot.content.remote(name))


def _asked(answer: Any) -> bytes:
    """What another machine answers; an error that it explains is raised here as it was there."""
    import ray

    try:
        return bytes(ray.get(answer))
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, FlowstyleError):
            raise error.cause from None
        raise


def get_ready(recipe: Recipe, outfit: Outfit, depot: Any = None) -> None:
    """Load what this process will paint with; an error is told to whoever brings the first job.

    Args:
        recipe: of the render.
        outfit: of this process.
        depot: where frames are asked for, if the machine does not see the work folder.
    """
    with suppress(Exception):
        bench_of(recipe, outfit, depot and DistantFolder(depot, recipe.folder))


def paint_apart(recipe: Recipe, call: Call, depot: Any) -> Iterator[Parcel]:
    """Paint a job on a machine that does not see the work folder.

    Args:
        recipe: of the render.
        call: the job.
        depot: where frames are asked for.

    Yields:
        What was committed, one frame after the other, and what was said.

    Raises:
        FlowstyleError: whatever prevents a frame, or bytes would differ here.
    """
    with (
        TemporaryDirectory(prefix="flowstyle-", ignore_cleanup_errors=True) as place,
        ThreadPoolExecutor(1) as pool,
    ):
        folder, log = Path(place) / call.folder.name, Path(place) / call.log.name
        speak_into(log)
        own = FolderReader(folder)

        def work() -> None:
            bench = bench_of(recipe, call.outfit, DistantFolder(depot, recipe.folder))
            bench.paint(call.job, folder)

        with log.open("rb") as said:
            painting = pool.submit(work)
            while not painting.done():
                yield from _parcels(own, said)
                time.sleep(LOOK)
            yield from _parcels(own, said)
            painting.result()


def _parcels(own: FolderReader, said: BinaryIO) -> Iterator[Parcel]:
    """What is new of a job."""
    for record in own.refresh():
        name = record.get("name")
        if isinstance(name, str):
            try:
                yield record, own.content(name)
            except StorageError:
                if (own.path / name).exists():  # else it was given up meanwhile
                    raise
        elif "discard" in record or record.get("type") == NOTICE:
            yield record, b""
    if text := said.read():
        yield {"type": SAID}, text


def receive(parcels: Iterable[Parcel], folder: Path, log: Path) -> None:
    """Commit what a worker sends.

    Args:
        parcels: as they come.
        folder: the job's.
        log: gets what the worker says.

    Raises:
        StorageError: the disk is full or fails here.
        Exception: what ended the painting.
    """
    with WorkDir.open(folder, {}) as own:
        for record, data in parcels:
            name, kind = record.get("name"), record.get("discard")
            if isinstance(name, str):
                own.commit_bytes(name, data, record.get("extra"))
            elif isinstance(kind, str):
                own.discard(kind)
            elif record.get("type") == SAID:
                _append(log, data)
            else:
                own.note(record)


def _append(log: Path, data: bytes) -> None:
    try:
        with log.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise explain(error, log) from error
