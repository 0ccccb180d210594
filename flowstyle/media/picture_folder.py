"""Clips that are folders of pictures: listing in natural order, reading, limits."""

from __future__ import annotations

import io
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from flowstyle.core import disk
from flowstyle.core.errors import LimitError, VideoError
from flowstyle.media.colour import Picture, orient

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".ppm", ".bmp", ".tif", ".tiff", ".webp")

_VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".ts", ".wmv", ".gif")

# FFmpeg reads no animated WebP. Pillow knows a frame's time only once it is decoded.
_TO_APNG = (
    'convert it and give CLIP.apng: python3 -c "from PIL import Image, ImageSequence; '
    "i = Image.open('FILE'); i.save('CLIP.apng', save_all=True, duration="
    "[f.load() and f.info.get('duration', 40) for f in ImageSequence.Iterator(i)])\""
)

_ORIENTATION = 0x0112
_TURNS = {
    1: (0, False),
    2: (0, True),
    3: (180, False),
    4: (180, True),
    5: (270, True),
    6: (270, False),
    7: (90, True),
    8: (90, False),
}
"""EXIF's orientations as :func:`flowstyle.media.colour.orient` takes them."""

_COUNTER = re.compile(r"%0?(\d*)d")


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that puts ``frame_9`` before ``frame_10``."""
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(p), p) if p.isdecimal() else (1, 0, p.casefold()) for p in parts if p]


def is_pattern(path: Path) -> bool:
    """True for ``frames/%04d.png`` where no file has literally that name."""
    is_picture = path.suffix.lower() in SUFFIXES
    return is_picture and bool(_COUNTER.search(path.name)) and disk.why_missing(path) != ""


def counters(name: str) -> list[int]:
    """Least number of digits of each counter in a pattern's name; 0 for ``%d``."""
    return [int(digits.lstrip("0")[:4] or 0) for digits in _COUNTER.findall(name)]


def numbered(name: str, number: int) -> str:
    """Put a number in the place of a pattern's first counter.

    Args:
        name: for instance ``"100%_%04d.png"``; all but the counter stays as it is.
        number: ≥ 0.

    Returns:
        For instance ``"100%_0007.png"``.
    """
    return _COUNTER.sub(lambda counter: f"{number:0{counter[1] or 1}d}", name, count=1)


def list_pictures(path: Path) -> tuple[Path, ...]:
    """List the pictures of a folder, of a pattern, or a single one.

    Args:
        path: a folder, a pattern such as ``frames/%04d.png``, or a picture.

    Returns:
        Paths in natural order; hidden files are left out.

    Raises:
        VideoError: there are none.
    """
    if disk.is_folder(path):
        found = [
            p
            for p in path.iterdir()
            if p.suffix.lower() in SUFFIXES and p.is_file() and not p.name.startswith(".")
        ]
    elif is_pattern(path):
        before, _, after = _COUNTER.split(path.name, maxsplit=1)
        name = re.compile(re.escape(before) + r"\d+" + re.escape(after))
        folder = path.parent
        names = folder.iterdir() if disk.is_folder(folder) else iter(())
        found = [p for p in names if name.fullmatch(p.name) and p.is_file()]
    else:
        found = [path]
    if not found:
        usual = f"pictures end in {', '.join(SUFFIXES)}; check the folder"
        raise VideoError("no pictures found", path, what_is_in(path) or usual)
    return tuple(sorted(found, key=natural_key))


def what_is_in(folder: Path) -> str:
    """What may have been meant by a folder without frames, as advice; "" if nothing in it."""
    if not disk.is_folder(folder):
        return ""
    inside = sorted((p for p in _names(folder) if not p.name.startswith(".")), key=natural_key)
    videos = [p for p in inside if p.suffix.lower() in _VIDEOS and p.is_file()]
    if videos:
        return f"it holds videos: give one of them, for instance {videos[0]}"
    folders = (p for p in inside if p.is_dir())
    full = [f for f in folders if any(p.suffix.lower() in SUFFIXES for p in _names(f))]
    return f"give the folder in it that holds the pictures: {full[0]}" if full else ""


def _names(folder: Path) -> list[Path]:
    """What a folder holds; nothing where it may not be looked into."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def picture_size(path: Path, *, max_pixels: int) -> tuple[int, int]:
    """Size of a picture as shown, from its header alone.

    Args:
        path: the picture.
        max_pixels: more than this is refused before it is decoded.

    Returns:
        (width, height), EXIF orientation applied.

    Raises:
        VideoError: it is no picture.
        LimitError: it is too large.
    """
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG", "JPEG", "PPM", "BMP", "TIFF", "WEBP")) as picture:
            width, height = picture.size
            turned = orientation_in(picture) >= 5
            if picture.format == "TIFF":  # of which some versions of Pillow give the turned size
                tags = cast("Any", picture).tag_v2
                width, height = int(tags[256]), int(tags[257])
    except Image.DecompressionBombError as error:
        raise LimitError("the picture is too large", path, "scale it down first") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise VideoError("the picture cannot be read", path, "remove or replace it") from error
    check_pixels(width, height, max_pixels, path)
    return (height, width) if turned else (width, height)


def orientation_in(picture: Image) -> int:
    """How the camera was held: EXIF's number from 1, upright, to 8."""
    number = picture.getexif().get(_ORIENTATION, 1)
    return number if isinstance(number, int) and number in _TURNS else 1


def refuse_animation(path: Path) -> None:
    """Refuse a picture file that holds several, of which only the first would be read.

    Args:
        path: a file that :func:`picture_size` has taken. JPEG is not asked: phones put a map of
            distances beside the picture.

    Raises:
        VideoError: it is an animated WebP or PNG, or a TIFF of several pages.
    """
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG", "TIFF", "WEBP")) as picture:
            count = getattr(picture, "n_frames", 1)
            is_png = picture.format == "PNG"
    except Exception:  # Pillow's decoders raise nearly every kind of exception
        return  # another format, or damaged, which the reader says
    if count > 1:
        raise VideoError(
            f"the file is an animation of {count} frames, of which only the first would be read",
            path,
            "rename it to CLIP.apng and give that" if is_png else _TO_APNG,
        )


def check_pixels(width: int, height: int, max_pixels: int, where: object) -> None:
    """Refuse sizes that would exhaust the memory.

    Args:
        width: pixels.
        height: pixels.
        max_pixels: the limit on their product.
        where: the file.

    Raises:
        LimitError: the limit is exceeded.
    """
    if width * height > max_pixels:
        raise LimitError(
            f"a picture of {width}×{height} is larger than the limit of {max_pixels} pixels",
            where,
            "scale it down first: ffmpeg -i CLIP -vf scale=1920:-2 SMALLER.mp4",
        )


def read_picture(path: Path) -> tuple[Picture, Picture | None]:
    """Decode a picture.

    Args:
        path: the picture.

    Returns:
        H×W×3 RGB and H×W alpha or None, uint8 or uint16, EXIF orientation applied.

    Raises:
        VideoError: it cannot be decoded.
    """
    import cv2

    content, number = _stored_upright(path.read_bytes())
    data = np.frombuffer(content, np.uint8)
    image = alpha = None
    if data.size:
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
        image = cv2.imdecode(data, flags)
        whole = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        if whole is not None and whole.ndim == 3 and whole.shape[2] == 4:
            alpha = np.ascontiguousarray(whole[..., 3])
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise VideoError("the picture cannot be decoded", path, "remove or replace it")
    if alpha is not None and (alpha.shape != image.shape[:2] or alpha.dtype != image.dtype):
        alpha = None
    turn = _TURNS[number]
    rgb = orient(cast("Picture", image[..., ::-1]), *turn)
    return rgb, None if alpha is None else orient(cast("Picture", alpha), *turn)


def _stored_upright(content: bytes) -> tuple[bytes, int]:
    """A picture's bytes such that decoders do not turn it, and EXIF's number of how it is to turn.

    OpenCV turns TIFF whatever it is told, and other formats only without their alpha.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "TIFF", "WEBP")) as picture:
            number = orientation_in(picture)
            is_tiff = picture.format == "TIFF"
    except Exception:  # Pillow's decoders raise nearly every kind of exception
        return content, 1  # another format, or damaged, which OpenCV finds out
    return (_tiff_upright(content) if is_tiff and number != 1 else content), number


def _tiff_upright(content: bytes) -> bytes:
    """Set the orientation in a TIFF's first directory to 1."""
    order: Literal["little", "big"] = "little" if content[:2] == b"II" else "big"
    data = bytearray(content)
    start = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[start : start + 2], order)
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        if int.from_bytes(data[entry : entry + 2], order) == _ORIENTATION:
            data[entry + 8 : entry + 10] = (1).to_bytes(2, order)
    return bytes(data)


def square_size(size: tuple[int, int], aspect: Fraction) -> tuple[int, int]:
    """(width, height) of a picture when its pixels become square: none is lost, some are added.

    Args:
        size: (width, height) of the picture.
        aspect: shape of its pixels, width over height.
    """
    width, height = size
    return (round(width * aspect), height) if aspect >= 1 else (width, round(height / aspect))


def resize_picture(image: Picture, size: tuple[int, int]) -> Picture:
    """Resize with area averaging downwards and Lanczos upwards.

    Args:
        image: H×W or H×W×C.
        size: (width, height) wanted.

    Returns:
        The resized picture, same type.
    """
    import cv2

    if (image.shape[1], image.shape[0]) == size:
        return image
    shrinks = size[0] <= image.shape[1] and size[1] <= image.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    return cast("Picture", cv2.resize(image, size, interpolation=method))
