"""Where results go: checked before any work, complete or not there at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from flowstyle.core import disk, files
from flowstyle.core.errors import OutputError, OutputExistsError, StorageError, UsageError
from flowstyle.media.encoders import ANIMATIONS, CODECS, check_encoding, codec_for
from flowstyle.media.picture_folder import SUFFIXES, counters, numbered
from flowstyle.media.picture_folder import is_pattern as is_pattern_of_any

ALPHA_SUFFIXES = (".png", ".tif", ".tiff")
"""Pictures that hold an alpha channel."""

MAX_DIGITS = 20
"""Of the counter in an output's pattern."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_pattern(path: Path) -> bool:
    """True for ``out/%06d.png``, of a kind that is written."""
    return path.suffix.lower() in SUFFIXES and is_pattern_of_any(path)


def is_pictures(path: Path) -> bool:
    """True for an output that is a row of pictures: ``out/%06d.png`` or ``out/``."""
    return is_pattern(path) or path.suffix == ""


def lost_rate(rate: Fraction | None, path: Path) -> str:
    """Say that numbered pictures do not tell how fast they are to be shown, "" if nothing is lost.

    Args:
        rate: frames a second that were asked for, None for nothing.
        path: the result.

    Example:
        >>> lost_rate(Fraction(30), Path("out/%04d.png"))
        'pictures tell no times: --fps 30 changes nothing in them; -o out.mp4 makes a video'
    """
    if rate is None or not is_pictures(path):
        return ""
    name = path.name if path.suffix == "" else path.parent.name or "OUT"
    return (
        f"pictures tell no times: --fps {rate} changes nothing in them; -o {name}.mp4 makes a video"
    )


def check_output(
    path: Path,
    *,
    codec: str | None = None,
    overwrite: bool = False,
    pixel_format: str | None = None,
    quality: int | None = None,
    sources: Sequence[Path] = (),
) -> None:
    """Refuse an output that cannot be written, before any work.

    Args:
        path: the output file, or a pattern such as ``out/%06d.png``, or a folder.
        codec: the codec asked for, None for the suffix's usual one.
        overwrite: an existing output will be replaced at the end.
        pixel_format: the one asked for, None for the codec's usual one.
        quality: constant rate factor asked for, None for the codec's usual one.
        sources: clip and styles, which the output must not replace; patterns and folders too.

    Raises:
        OutputError: its suffix is unknown, or all there is of its name, or it is ``-``; its folder
            is missing or cannot be written, or it exists; it is one of the sources, or a folder
            that holds one or other files than such pictures.
        UsageError: unknown codec, pixel format or quality, or a pattern with several counters.
        StorageError: the disk is full or broken.
    """
    suffix = path.suffix.lower()
    pictures = is_pictures(path)
    endings = {s for c in CODECS.values() for s in c.suffixes} | set(ANIMATIONS)
    if str(path) == "-":
        advice = "give a file, -o OUT.mp4, or a folder for pictures, -o OUT"
        raise OutputError("nothing is written to the standard output", path, advice)
    # As of "$NAME.mp4" where the shell knows no NAME.
    if path.name.lower() in {*endings, *SUFFIXES}:
        raise OutputError("the name is nothing but an ending", path, f"-o OUT{path.name}")
    if pictures:
        _check_counter(path)
    elif suffix not in ANIMATIONS:
        if suffix not in endings:
            raise OutputError(
                f"files ending in {suffix!r} are not written",
                path,
                f"let the name end in {', '.join(sorted(endings))}",
            )
        check_encoding(codec_for(path, codec), pixel_format, quality)
    try:
        _check_place(path, overwrite=overwrite, sources=sources)
    except OSError as error:  # of a folder that may not be looked into, for instance
        raise disk.explain(error, path) from error


def _check_place(path: Path, *, overwrite: bool, sources: Sequence[Path]) -> None:
    """Refuse names and folders at which the output cannot appear."""
    pictures = is_pictures(path)
    target = folder_of(path) if pictures else path.absolute()
    if pictures:
        _check_picture_folder(target)
    _check_names(path, target)
    for source in sources:
        refuse_source(target, source)
    if pictures:
        restore_folder(target)
    else:
        check_file(target)
    occupied = any(target.iterdir()) if target.is_dir() else target.exists()
    if occupied and not overwrite:
        advice = "give another -o, or --overwrite, which replaces it"
        raise OutputExistsError("the output exists", target, advice)
    if pictures:
        refuse_other_files(path)
    for folder in dict.fromkeys((target.parent, files.followed(target).parent)):
        disk.require_writable(folder)


def check_file(path: Path) -> None:
    """Refuse the name of a file at which, or at the end of whose links, no file can appear.

    Raises:
        OutputError: it is a folder or a device, or a link that leads back to itself.
    """
    try:
        there = path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP and path.is_symlink():
            raise OutputError(
                "the output is a link that leads back to itself",
                path,
                "remove the link, or give another output with -o",
            ) from error
        return  # nothing is there yet; what else prevents it, writing into the folder will tell
    if stat.S_ISDIR(there.st_mode):
        raise OutputError("the output is a folder", path, "give the name of a file")
    if not stat.S_ISREG(there.st_mode):
        advice = "give the name of a file, such as OUT.mp4"
        raise OutputError("the output is a device, which holds no result", path, advice)


def folder_of(path: Path) -> Path:
    """The folder that a pattern or folder output fills, as an absolute path."""
    return (path.parent if is_pattern(path) else path).absolute()


def work_folder(path: Path) -> Path:
    """The work folder beside an output: ``OUT.flowstyle``, as an absolute path.

    Args:
        path: the output file, folder or pattern.
    """
    target = folder_of(path) if is_pictures(path) else path.absolute()
    return target.with_name(target.name + ".flowstyle")


def picture_name(path: Path) -> str:
    """The pattern that names the pictures of an output: ``%06d.png`` where only a folder is given.

    Args:
        path: a pattern or a folder.
    """
    return path.name if is_pattern(path) else "%06d.png"


def refuse_other_files(path: Path) -> None:
    """Refuse a folder that holds anything but pictures of the kind that would replace them.

    Args:
        path: a pattern or a folder.

    Raises:
        OutputError: it holds something else, which is never removed.
    """
    folder, suffix = folder_of(path), Path(picture_name(path)).suffix
    inside = sorted(folder.iterdir()) if disk.is_folder(folder) else []
    others = [each for each in inside if each.suffix != suffix or each.is_dir()]
    if others:
        raise OutputError(
            "the output folder holds other files", others[0], "give a new or empty folder"
        )


def keeps_alpha(path: Path, codec: str | None = None) -> bool:
    """Whether an output can hold an alpha channel.

    Args:
        path: the output, already checked.
        codec: the codec asked for, None for the suffix's usual one.
    """
    suffix = path.suffix.lower()
    if is_pictures(path):
        return suffix in ("", *ALPHA_SUFFIXES)
    return suffix not in ANIMATIONS and bool(CODECS[codec_for(path, codec)].formats[2])


def _check_names(path: Path, target: Path) -> None:
    """Refuse names that are too long, or become so with what the program adds to them."""
    names = [work_folder(path), partial_name(target), replaced_name(target)]
    if is_pattern(path):  # asked for beside the folder, which need not exist yet
        names.append(target.with_name(numbered(path.name, 10**6)))
    for name in names:
        disk.require_name(name)


def refuse_source(target: Path, source: Path) -> None:
    """Refuse to replace an input, also by way of links, or a folder that holds it.

    Args:
        target: the output file, or the folder of the output's pictures.
        source: a file, folder or pattern that is read.

    Raises:
        OutputError: the one is the other, or lies in it.
    """
    source = source.absolute() if source.is_file() else folder_of(source)
    if disk.why_missing(target) or disk.why_missing(source):
        return
    real = source.resolve()
    if any(target.samefile(place) for place in (real, *real.parents)):
        raise OutputError(
            "the output would replace what is read", target, "give another output with -o"
        )


def _check_counter(path: Path) -> None:
    """Refuse patterns that do not give every picture one short name."""
    found = counters(path.name)
    if len(found) > 1 or max(found, default=0) > MAX_DIGITS:
        raise UsageError(
            f"a pattern has one counter, of at most {MAX_DIGITS} digits",
            path,
            "write it like frames/%06d.png",
        )


def _check_picture_folder(folder: Path) -> None:
    """Refuse a folder that cannot be exchanged for a new one of the same name."""
    there = disk.is_folder(folder)
    if not there and not disk.why_missing(folder) and not folder.is_file():
        advice = "give a file with a suffix, such as .mp4, or a folder for pictures"
        raise OutputError("the output is a device, which holds no result", folder, advice)
    if not there and (not disk.why_missing(folder) or folder.is_symlink()):
        raise OutputError("the output is not a folder", folder, "give another -o")
    here = Path.cwd()
    # Renamed, it would take the shell that runs this along, to the name of the old pictures.
    is_current = there and any(folder.samefile(above) for above in (here, *here.parents))
    if folder.name in ("", "..") or is_current or os.path.ismount(folder):
        raise OutputError(
            "the pictures would fill the current folder, one above it, or a whole disk",
            folder,
            "give them a folder of their own: -o frames/%06d.png",
        )


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a write into an explained error.

    Args:
        path: what is being written.

    Raises:
        StorageError: the disk is full or broken.
        OutputError: anything else, for instance a folder that went away.
    """
    from flowstyle.media.pyav import av

    try:
        yield
    except (OSError, av.error.FFmpegError) as error:
        text = error.strerror or str(error)
        if error.errno in _FULL:
            raise StorageError(
                f"the disk is full, or a limit on file sizes is reached: {text}",
                path,
                "free some space and run the same command again: finished frames are kept",
            ) from error
        if error.errno == errno.EIO:
            raise StorageError(f"writing failed: {text}", path, "check the disk") from error
        raise OutputError(
            f"the output cannot be written: {text}", path, "give another output with -o"
        ) from error


def partial_name(path: Path) -> Path:
    """The temporary name beside an output; the same each time, so that leftovers are replaced.

    Args:
        path: the output; where it is a link, the name lies beside what it leads to, since nothing
            is renamed from one disk to another. Its ending stays, which says what is written.
    """
    target = files.followed(path)
    stem = target.stem if target.suffix == path.suffix else target.name
    return target.with_name(f".{stem}.partial{path.suffix}")


def publish(partial: Path, path: Path) -> None:
    """Let a complete file appear under its name, surviving a power cut.

    Args:
        partial: the complete file, of :func:`partial_name`; or a folder beside ``path``.
        path: its final name; an existing file is replaced in one step, of a link the target.

    Raises:
        StorageError: the disk is full or broken.
        OutputError: the name cannot be given.
    """
    with storage_errors(path):
        files.publish(partial, files.followed(path))


def replaced_name(folder: Path) -> Path:
    """Where an old folder of pictures waits while the new one takes its place."""
    return folder.with_name(f".{folder.name}.replaced")


def restore_folder(folder: Path) -> None:
    """Bring back old pictures that a run moved away and then could not replace.

    Args:
        folder: the output folder; nothing happens if it holds something.

    Raises:
        OutputError: the old folder cannot be renamed.
        StorageError: the disk is broken.
    """
    old = replaced_name(folder)
    if not old.is_dir() or (folder.exists() and not _is_empty(folder)):
        return
    with storage_errors(folder):
        if folder.exists():
            folder.rmdir()  # it is empty; Windows renames nothing onto a folder that exists
        old.rename(folder)
        files.sync_folder(folder.absolute().parent)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def discard(path: Path) -> None:
    """Remove a partial file or folder, if there is one; of a link only the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
