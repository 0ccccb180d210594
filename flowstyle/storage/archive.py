"""Begin, verify or set aside the content of a work folder."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

from flowstyle.core import disk
from flowstyle.core.errors import LIST, OutputError, ResumeMismatchError
from flowstyle.core.files import make_folder, remove_temporaries, sync_folder, write_atomic
from flowstyle.storage import journal, lock
from flowstyle.storage.fingerprint import (
    Fingerprint,
    differences,
    is_of_another_clip,
    normalise,
)

SETTINGS = "settings.json"
ARCHIVE = re.compile(r"archive-\d+")
RESTART = (
    "use --restart: it sets the old work aside in an archive folder and begins anew "
    "(with --overwrite, if the result is there already)"
)


def content(folder: Path) -> list[Path]:
    """What a run put into the folder: all but the lock and the archives, in order of name."""
    paths = sorted(folder.iterdir())
    ours = (lock.NAME, lock.HOLDER)
    return [path for path in paths if path.name not in ours and not ARCHIVE.fullmatch(path.name)]


def begin_or_verify(folder: Path, fingerprint: Fingerprint, restart: bool) -> Path | None:
    """Make ``settings.json`` hold this run's fingerprint, or refuse.

    Args:
        folder: an existing folder that the caller has locked.
        fingerprint: of this run.
        restart: set the old content aside first.

    Returns:
        The archive that was made, or None.

    Raises:
        OutputError: if the folder holds files that are not a run's.
        ResumeMismatchError: if it belongs to another input, setting or version.
        StorageError: if the disk is full or fails.
    """
    remove_temporaries(folder)
    settings = folder / SETTINGS
    held = content(folder)
    if held and settings not in held:
        raise OutputError(
            "the folder is not empty and not a work folder",
            folder,
            "give another output, whose work folder is free",
        )
    archived = set_aside(folder) if restart and held else None
    if settings.exists() and not is_unused(folder):
        _verify(settings, normalise(fingerprint))
    else:
        text = json.dumps(normalise(fingerprint), indent=2, ensure_ascii=False)
        # Names of files may hold bytes that are no text: written as JSON writes such a character.
        write_atomic(settings, f"{text}\n".encode("utf-8", "backslashreplace"))
    return archived


def is_unused(folder: Path) -> bool:
    """Whether a run began here and no frame was kept, as when its clip turned out to be damaged."""
    book = folder / journal.NAME
    if book.exists() and book.stat().st_size:
        return False
    return not any(any(path.iterdir()) for path in content(folder) if path.is_dir())


def set_aside(folder: Path) -> Path:
    """Move the content to the first free ``archive-N`` below the folder; nothing is deleted.

    The journal goes first and the settings last: a kill in between leaves a folder that still says
    whose it is and promises no frame that has been moved.

    Returns:
        The archive.
    """
    numbers = itertools.count(1)
    archive = next(path for n in numbers if not (path := folder / f"archive-{n}").exists())
    make_folder(archive)
    order = {journal.NAME: 0, SETTINGS: 2}
    try:
        for path in sorted(content(folder), key=lambda path: order.get(path.name, 1)):
            path.rename(archive / path.name)
        sync_folder(archive)
        sync_folder(folder)
    except OSError as error:
        raise disk.explain(error, archive) from error
    return archive


def kept_fingerprint(folder: Path) -> Fingerprint | None:
    """The fingerprint that a folder holds; None where there is none that can be read.

    Raises:
        StorageError: if the disk fails.
    """
    path = folder / SETTINGS
    try:
        old = json.loads(path.read_bytes()) if path.is_file() else None
    except OSError as error:
        raise disk.explain(error, path) from error
    except (ValueError, RecursionError):
        return None
    return old if isinstance(old, dict) else None


def _verify(path: Path, new: Fingerprint) -> None:
    """Compare the fingerprint on the disk with this run's."""
    old = kept_fingerprint(path.parent)
    if old is None:
        raise ResumeMismatchError("the work folder's settings cannot be read", path, RESTART)
    changed = differences(old, new)
    if changed:
        other = is_of_another_clip(old, new)
        what = "is of another clip" if other else "belongs to a different run"
        advice = "another -o keeps both" if other else "give the old settings to go on"
        listed = LIST.join(["", *changed])
        raise ResumeMismatchError(
            f"the work folder {what}:{listed}", path.parent, f"{advice}, or {RESTART}"
        )
