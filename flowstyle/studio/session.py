"""What belongs to one browser: its uploads, its results, its jobs; nobody else's."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowstyle.core.errors import StorageError
from flowstyle.core.places import cache_folder
from flowstyle.studio.files import OpenFolders
from flowstyle.studio.jobs import Job, Order
from flowstyle.studio.look import Look

KEPT = 24 * 3600.0
"""Seconds after the last visit for which uploads are kept."""
NAME = re.compile(r"[0-9a-f]{24}")
"""Of a browser's folder."""
VISITED = "visited"
"""The file whose time is that of the last visit."""


def stamp(folder: Path) -> None:
    """Note that somebody is, or was until now, at a browser's folder; no visit fails for it."""
    with suppress(OSError):
        (folder / VISITED).touch()


def last_visit(folder: Path) -> float:
    """When somebody was there last, in seconds of the clock; of older versions, when it changed."""
    path = folder / VISITED
    return (path if path.exists() else folder).stat().st_mtime


@dataclass
class Session:
    """One browser.

    Attributes:
        folder: its own, which nobody else reaches.
        open_folders: what it may read: the folders opened for all, and its uploads.
        jobs: what it asked for, by id, in that order.
        look: its last preview.
        chosen: what stands in its page's fields, by their names, to stand there after a reload.
        sent: its uploads by their paths, as they were called where they came from.
        pages: ids of the pages that are open in it.
    """

    folder: Path
    open_folders: OpenFolders
    jobs: dict[str, Job] = field(default_factory=dict)
    look: Look | None = None
    chosen: dict[str, Any] = field(default_factory=dict)
    sent: dict[Path, str] = field(default_factory=dict)
    pages: set[str] = field(default_factory=set)

    @property
    def uploads(self) -> Path:
        """Folder of its uploads."""
        return self.folder / "uploads"

    @property
    def in_use(self) -> bool:
        """Whether a page of it is open, or a render waits or runs."""
        return bool(self.pages) or any(not job.over for job in self.jobs.values())

    def came(self, page: str) -> None:
        """A page of it was opened.

        Args:
            page: its id.
        """
        self.pages.add(page)
        stamp(self.folder)

    def went(self, page: str) -> None:
        """A page of it was closed."""
        self.pages.discard(page)
        stamp(self.folder)

    def named(self, path: Path) -> str:
        """A file as it is known elsewhere: one of the browser's own by its name alone."""
        if not path.is_relative_to(self.folder):
            return str(path)
        return self.sent.get(path, path.name)

    def told(self, text: str) -> str:
        """What was told of a job, as it is said elsewhere: without the path of the own folder."""
        return text.replace(f"{self.folder}{os.sep}", "")

    def job_for(self, order: Order) -> Job:
        """The job of an order; the same order is the same job, which goes on where it stopped.

        Args:
            order: what is to be painted.
        """
        path = self.folder / "results" / order.file_name
        known = next((job for job in self.jobs.values() if job.path == path), None)
        if known is not None:
            return known
        path.parent.mkdir(exist_ok=True)
        job = Job(secrets.token_urlsafe(9), order, path)
        self.jobs[job.id] = job
        return job


class Sessions:
    """All browsers that came, each with a folder of its own.

    Args:
        open_folders: opened for all of them.
        home: where their folders lie; None: in the cache of the user who runs the studio.

    Raises:
        StorageError: it cannot be written.
    """

    def __init__(self, open_folders: OpenFolders, home: Path | None = None) -> None:
        self.home = (home or cache_folder() / "studio").resolve()
        self._open_folders = open_folders
        self._known: dict[str, Session] = {}
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.secret = self._kept_secret()
            self.clear()
        except OSError as error:
            raise StorageError(
                f"the studio's folder cannot be written: {error.strerror}",
                self.home,
                "set FLOWSTYLE_CACHE to a folder that can",
            ) from error

    def of(self, browser: str) -> Session:
        """The session of a browser.

        Args:
            browser: the id in its signed cookie.
        """
        if browser not in self._known:
            # The folder's name tells nobody the id, which is as good as a password.
            name = hashlib.sha256(browser.encode()).hexdigest()[:24]
            folder = self.home / name
            (folder / "uploads").mkdir(parents=True, exist_ok=True, mode=0o700)
            folders = self._open_folders.folders
            reachable = OpenFolders(folders, own=folder / "uploads", closed=self.home)
            self._known[browser] = Session(folder, reachable)
        return self._known[browser]

    def clear(self) -> None:
        """Forget uploads and choices of browsers that nobody was at for :data:`KEPT` seconds.

        Renders and reports stay; a render that was not finished asks for its clip again.
        """
        busy = {one.folder for one in self._known.values() if one.in_use}
        for folder in self.home.iterdir():
            uploads = folder / "uploads"
            if folder in busy or not NAME.fullmatch(folder.name) or not uploads.is_dir():
                continue
            if time.time() - last_visit(folder) > KEPT:
                shutil.rmtree(uploads, ignore_errors=True)
                uploads.mkdir(exist_ok=True, mode=0o700)
                for session in self._known.values():
                    if session.folder == folder:
                        session.chosen.clear()  # of what is gone

    def _kept_secret(self) -> str:
        """What signs the cookies; kept, so that a browser is known again after a restart."""
        path = self.home / "secret"
        if not path.exists():
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w") as file:
                file.write(secrets.token_urlsafe(32))
        return path.read_text()
