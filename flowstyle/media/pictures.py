"""Reads style pictures and photographs strictly, and writes results atomically."""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from flowstyle.core import disk
from flowstyle.core.errors import LimitError, OutputError, StyleImageError
from flowstyle.core.events import Decision, Notice, Report, ignore
from flowstyle.core.files import followed, temporary_name, write_atomic
from flowstyle.core.nearby import advice_for, unfilled_home
from flowstyle.media import avif
from flowstyle.media.foreign import USUAL, no_picture
from flowstyle.media.largest import check_picture_size
from flowstyle.media.orientation import UPRIGHT, told_turn
from flowstyle.media.output import check_file, refuse_source
from flowstyle.media.picture_file import TURNS, is_deep_grey, orientation_in
from flowstyle.media.picture_tags import NO_TAGS, PictureTags
from flowstyle.media.profiles import to_srgb

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "PPM")
"""What is read, beside AVIF. Pillow knows more, of which EPS would start Ghostscript."""

MAX_PIXELS = 8192 * 8192
MIN_SIDE = 16
"""Shorter pictures vanish in the feature network's four poolings."""

SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF"}
"""What is written, by the name's suffix."""


def read_picture(
    path: Path, max_pixels: int = MAX_PIXELS, report: Report = ignore
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Read a picture as it is meant to be seen.

    The camera's rotation is applied, colours are brought to sRGB by the file's profile (also from
    CMYK), transparency is laid on white, of an animation the first frame is taken.

    Args:
        path: of the file; its content, not its name, says what it is.
        max_pixels: larger pictures are refused before they are decoded.
        report: told what was taken of an animation, turned upright or laid on white.

    Returns:
        H×W×3 RGB uint8, or uint16 over its full range for 16-bit grey.

    Raises:
        StyleImageError: if it is missing, of another format, damaged or too small.
        LimitError: if it has more than ``max_pixels``.
    """
    require_picture(path)
    formats = avif.and_avif(FORMATS)
    try:
        # Pillow's warnings are of sizes, which are checked here, and of tags that nobody needs.
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=formats) as image:
            _check_size(image, path, max_pixels)
            _refuse_hdr(image, path)
            # Phones put a smaller picture, or one for the other eye, into a JPEG (MPO).
            if getattr(image, "is_animated", False) and image.format != "MPO":
                report(Notice(f"{path.name} is animated: its first frame is used"))
            turn = TURNS[orientation_in(image)]  # before it is loaded, which turns a TIFF
            image.load()
            if turn != UPRIGHT:
                report(Decision("orientation", f"{path.name} is {told_turn(*turn)}"))
            if _shines_through(image):
                report(Notice(f"{path.name} is transparent: it is laid on white"))
            return from_pillow(image)
    except Image.DecompressionBombError as error:
        raise LimitError(str(error), path, "make the picture smaller") from error
    except UnidentifiedImageError as error:
        raise no_picture(path, formats) from error
    except (LimitError, StyleImageError, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise nearly every kind of exception
        raise StyleImageError(
            f"the picture is damaged or cut off ({error})", path, USUAL
        ) from error


def require_picture(path: Path) -> None:
    """Refuse a picture that is not there; it is not opened.

    Raises:
        StyleImageError: it is missing, or a folder.
    """
    missing = disk.why_missing(path)
    if missing or not path.is_file():
        advice = advice_for(path, "check the path") if missing else "give a picture in it"
        raise StyleImageError(f"the picture {missing or 'is not a file'}", path, advice)


def _check_size(image: Image.Image, path: Path, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise LimitError(
            f"the picture has {width}×{height} pixels, the limit is {max_pixels} in all",
            path,
            "make the picture smaller",
        )
    if min(width, height) < MIN_SIDE:
        raise StyleImageError(
            f"the picture has {width}×{height} pixels, too few to show a style",
            path,
            f"use a picture of at least {MIN_SIDE} pixels on each side",
        )


def _refuse_hdr(image: Image.Image, path: Path) -> None:
    curve = avif.hdr_curve(path.read_bytes()) if image.format == avif.FORMAT else ""
    if curve:
        raise StyleImageError(
            f"this is an HDR picture ({curve}), which is not read", path, avif.TO_SDR
        )


def from_pillow(image: Image.Image) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """A loaded picture as it is meant to be seen: rotation, depth, transparency, profile.

    Args:
        image: of any mode.

    Returns:
        H×W×3 RGB uint8, or uint16 over its full range for grey of more than 8 bits.
    """
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_grey(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGBA", layer.size, "white")
        image.alpha_composite(layer)
        image = image.convert("RGB")
    if profile:
        image = to_srgb(image, profile)
    return np.asarray(image.convert("RGB"))


def _shines_through(image: Image.Image) -> bool:
    """Whether a loaded picture shows anything of what it is laid on: with alpha many do not."""
    if not image.has_transparency_data or is_deep_grey(image):
        return False  # deep grey is laid on nothing
    return bool((np.asarray(image.convert("RGBA").getchannel("A")) < 255).any())


def _deep_grey(image: Image.Image) -> NDArray[np.uint16]:
    """Grey of more than 8 bits, scaled by hand: Pillow would clip it at 255."""
    values = np.asarray(image).astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("it holds values that are not finite")
    if image.mode == "F":
        scale = 1.0 if values.max() <= 1 else values.max()
    else:
        scale = 65535.0 if values.max() <= 65535 else 2.0**31 - 1
    grey = np.clip(np.rint(values / scale * 65535), 0, 65535).astype(np.uint16)
    return np.repeat(grey[..., None], 3, axis=2)


def check_picture_output(
    path: Path, overwrite: bool = False, *, sources: Sequence[Path] = ()
) -> None:
    """Find out before any work whether a picture can be written.

    Args:
        path: the result's.
        overwrite: whether an existing file may be replaced.
        sources: what is read, which the result must not replace; folders and patterns too.

    Raises:
        OutputError: unknown suffix, missing or unwritable folder, a name that is too long, the
            file exists, or it is one of the sources.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(
            f"pictures cannot be written as '{path.suffix}'" if path.suffix else "it has no ending",
            path,
            f"use {', '.join(SUFFIXES)}: {path.with_suffix('.png')}",
        )
    disk.require_name(temporary_name(path))
    check_file(path)
    for folder in dict.fromkeys((path.parent, followed(path).parent)):
        _check_folder(folder)
    for source in sources:
        refuse_source(path, source)
    if not disk.why_missing(path) and not overwrite:
        raise OutputError("the output exists", path, "use --overwrite to replace it")


def _check_folder(folder: Path) -> None:
    """Refuse a folder in which nothing can be written."""
    if not disk.is_folder(folder):
        missing = disk.why_missing(folder) or "is not a folder"
        advice = unfilled_home(folder) or "create it first"
        raise OutputError(f"the output's folder {missing}", folder, advice)
    if not os.access(folder, os.W_OK):
        raise OutputError("the output's folder cannot be written", folder, "use another one")


def write_picture(
    path: Path, image: NDArray[np.uint8], overwrite: bool = False, tags: PictureTags = NO_TAGS
) -> None:
    """Write a picture so that the path holds all of it or what was there before.

    Args:
        path: ``.png``, ``.jpg``, ``.webp`` or ``.tif``.
        image: H×W×3 RGB.
        overwrite: whether an existing file may be replaced.
        tags: what it tells beside its pixels; the same ones give the same bytes.

    Raises:
        OutputError: see :func:`check_picture_output`, or it is larger than the kind of file holds.
        StorageError: if the disk is full or broken.
    """
    check_picture_output(path, overwrite)
    check_picture_size(path, (image.shape[1], image.shape[0]))
    data = tags.written(image, kind_of(path), quality=95, subsampling=0, icc_profile=_srgb())
    write_atomic(followed(path), data)


def kind_of(path: Path) -> str:
    """Pillow's name of the kind that a result's suffix asks for."""
    return SUFFIXES[path.suffix.lower()]


def _srgb() -> bytes:
    """The profile of sRGB, of one date for ever: the same picture gives the same file."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    date = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)  # ICC.1:2022, table 17: bytes 24 to 35
    return made[:24] + date + made[36:]
