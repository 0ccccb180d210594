"""Renders that wait, run and end: one at a time, in a thread of its own."""

from __future__ import annotations

import hashlib
import io
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from flowstyle.core.cancel import CancelToken
from flowstyle.core.device import find_device
from flowstyle.core.errors import FlowstyleError, Interrupted
from flowstyle.core.events import Decision, Event, FrameReady, Notice, Progress
from flowstyle.core.memory import free_memory
from flowstyle.networks.brought import brought_by
from flowstyle.networks.names import located
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output, Rendered
from flowstyle.settings import Settings, load_settings, option_of
from flowstyle.settings.effects import without_effect
from flowstyle.settings.typed import typed

SHOWN = (640, 640)
"""Largest (width, height) of the frames that are shown while painting goes on."""
ROOM = 3 * 1024**3
"""Bytes that must be free for a preview beside a render. The largest pass in it, by which it
foretells the time, takes 1.6 GiB with VGG19."""


class State(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class Order:
    """What is to be painted.

    Attributes:
        clip: a video file or a folder of pictures.
        styles: pictures, or a trained network by its name.
        preset: where the other values start from.
        given: settings by field, those alone that were set.
    """

    clip: Path
    styles: tuple[Path, ...]
    preset: str
    given: dict[str, Any]

    def settings(self) -> Settings:
        """All settings.

        Raises:
            UsageError: a value that cannot be.
        """
        return load_settings(self.given | brought_by(self.styles, self.given), preset=self.preset)

    def command(self, path: Path, named: Callable[[Path], str] = str) -> str:
        """The same order as a person would type it.

        Args:
            path: of the result.
            named: what a file is called there.
        """
        others = {
            **{"--preset": self.preset, "--no-defaults": True},
            **{"-o": named(path), "--overwrite": True},
        }
        return typed("run", map(named, [self.clip, *self.styles]), self.given, others)

    @property
    def file_name(self) -> str:
        """Name of the result; other orders have other names, the same one has the same.

        A file that was changed since makes another order.
        """
        stats = [path.stat() for path in (self.clip, *map(located, self.styles))]
        stamps = [(one.st_size, one.st_mtime_ns) for one in stats]
        told = f"{self.command(Path())} {stamps}"
        digest = hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        usual = Output().path_for(self.clip, self.styles)
        return f"{usual.stem[:80]}_{digest}.mp4"


@dataclass(eq=False)
class Job:
    """A render: what was asked for, and how far it is.

    Written by the thread that paints, read by pages; each field is replaced as a whole.

    Attributes:
        id: of the job, not to be guessed.
        order: what is painted.
        path: of the result.
        state: how far it is.
        progress: the last one told.
        told: decisions and notices, in order.
        frame: the last painted frame as JPEG, and how many there were before it.
        error: why it ended, in three lines.
        rendered: the result.
    """

    id: str
    order: Order
    path: Path
    state: State = State.WAITING
    progress: Progress | None = None
    told: list[str] = field(default_factory=list)
    frame: tuple[int, bytes] | None = None
    error: str = ""
    rendered: Rendered | None = None
    cancel: CancelToken = field(default_factory=CancelToken)

    @property
    def command(self) -> str:
        """What makes the same result on the command line."""
        return self.order.command(self.path)

    @property
    def over(self) -> bool:
        """Whether nothing more happens unless it is asked for again."""
        return self.state not in (State.WAITING, State.RUNNING)

    @property
    def gone(self) -> bool:
        """Whether the result was complete and is not there any more."""
        return self.state is State.DONE and not self.path.exists()

    def paint(self) -> None:
        """Paint the clip; however that ends, the job says it."""
        self.state, self.told, self.error = State.RUNNING, [], ""
        try:
            settings = self.order.settings()
            for name, reason in without_effect(settings, self.order.given).items():
                self._hear(Notice(f"{option_of(name)} has no effect here: {reason}"))
            self.rendered = stylize_video(
                self.order.clip,
                self.order.styles,
                settings,
                Output(self.path, overwrite=True, report=True, command=self.command),
                report=self._hear,
                cancel=self.cancel,
            )
            self.state = State.DONE
        except Interrupted:
            self.state = State.CANCELLED
        except FlowstyleError as error:
            self.error, self.state = str(error), State.FAILED
        except Exception as error:  # one job that breaks must not end the queue
            self.error, self.state = f"{type(error).__name__}: {error}", State.FAILED

    def _hear(self, event: Event) -> None:
        """Take what the render tells."""
        if isinstance(event, Progress):
            self.progress = event
        elif isinstance(event, Decision):
            self.told = [*self.told, f"{event.topic}: {event.text}"]
        elif isinstance(event, Notice):
            self.told = [*self.told, event.text]
        elif isinstance(event, FrameReady) and event.image is not None:
            count = self.frame[0] + 1 if self.frame else 0
            self.frame = (count, as_jpeg((event.image >> 8).astype(np.uint8)))


def as_jpeg(picture: NDArray[np.uint8], most: tuple[int, int] = SHOWN) -> bytes:
    """A picture to be shown in a page.

    Args:
        picture: H×W×3 RGB.
        most: largest (width, height) in which it is shown.
    """
    image = Image.fromarray(picture)
    image.thumbnail(most)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


class Queue:
    """A thread that paints one render at a time, and one that makes one preview at a time.

    A preview is made at once, beside the render under way; where little memory is free, that ends
    first. No render begins meanwhile: what both set for the whole process a preview sets within a
    render and puts back as it found it, never the other way round.

    Attributes:
        painting: whether a render is under way.
    """

    def __init__(self) -> None:
        self._previews: deque[Callable[[CancelToken], None]] = deque()  # with the one under way
        self._jobs: list[Job] = []
        self._changed = threading.Condition()
        self._ending = False
        self._stop = CancelToken()
        self.painting = False
        self._threads = [
            threading.Thread(target=work, name="studio", daemon=True)
            for work in (self._paint, self._preview)
        ]
        for thread in self._threads:
            thread.start()

    def add(self, job: Job) -> None:
        """Paint a job after those that wait; one that is under way or complete stays as it is.

        A complete one whose result was deleted is painted again.
        """
        with self._changed:
            complete = job.state is State.DONE and not job.gone
            if job.state is State.RUNNING or complete or job in self._jobs:
                return
            job.state, job.cancel = State.WAITING, CancelToken(self._stop)
            self._jobs.append(job)
            self._changed.notify_all()

    def holds(self, job: Job) -> bool:
        """Whether a job waits or runs."""
        return job in self._jobs or job.state is State.RUNNING

    def before(self, job: Job) -> int:
        """How many renders are ahead of one that waits, the one under way not counted."""
        return self._jobs.index(job) if job in self._jobs else 0

    def cancel(self, job: Job) -> None:
        """End a job; what is painted stays, and the same job goes on from it."""
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)
                job.state = State.CANCELLED
        job.cancel.cancel()

    def preview(self, work: Callable[[CancelToken], None]) -> None:
        """Do something short, after others of its kind and before renders that wait.

        Args:
            work: done in a thread of its own; it explains its own errors.
        """
        with self._changed:
            self._previews.append(work)
            self._changed.notify_all()

    def close(self) -> None:
        """End what is under way and wait for it; what is painted stays."""
        with self._changed:
            self._ending = True
            self._stop.cancel()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _paint(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ending or (self._jobs and not self._previews))
                if self._ending:
                    return
                job, self.painting = self._jobs.pop(0), True
                job.state = State.RUNNING  # at once: it is neither waiting nor to be added again
            job.paint()
            with self._changed:
                self.painting = False
                self._changed.notify_all()

    def _preview(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._ending or (self._previews and not self._too_little_memory())
                )
                if self._ending:
                    return
                work = self._previews[0]
            try:
                with suppress(Exception):  # it explains its own; renders wait for its end
                    work(self._stop)
            finally:
                with self._changed:
                    self._previews.popleft()
                    self._changed.notify_all()

    def _too_little_memory(self) -> bool:
        """Whether a preview could take what the render under way counts on."""
        if not self.painting:
            return False
        try:
            return min(map(free_memory, {"cpu", str(find_device("auto"))})) < ROOM
        except Exception:  # a device that is full may not even answer
            return True
