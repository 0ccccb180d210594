"""One picture of a clip's frames: its header, its samples, and what is refused."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from flowstyle.core.errors import LimitError, VideoError
from flowstyle.media.colour import Picture, orient
from flowstyle.media.orientation import UPRIGHT

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = ("PNG", "JPEG", "PPM", "BMP", "TIFF", "WEBP")

# FFmpeg reads no animated WebP. Pillow knows a frame's time only once it is decoded.
_TO_APNG = (
    'convert it and give CLIP.apng: python3 -c "from PIL import Image, ImageSequence; '
    "i = Image.open('FILE'); i.save('CLIP.apng', save_all=True, duration="
    "[f.load() and f.info.get('duration', 40) for f in ImageSequence.Iterator(i)])\""
)

_ORIENTATION = 0x0112
TURNS = {
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


@dataclass(frozen=True)
class PictureHeader:
    """What a picture's header says.

    Args:
        size: (width, height) as shown, EXIF orientation applied.
        has_alpha: something may shine through.
        turn: how it is turned to be shown, as :func:`flowstyle.media.colour.orient` takes it.
    """

    size: tuple[int, int]
    has_alpha: bool
    turn: tuple[int, bool] = UPRIGHT


def picture_header(path: Path, *, max_pixels: int) -> PictureHeader:
    """Read a picture's header alone.

    Args:
        path: the picture.
        max_pixels: more than this is refused before it is decoded.

    Raises:
        VideoError: it is no picture.
        LimitError: it is too large.
    """
    from PIL import Image

    try:
        with Image.open(path, formats=_FORMATS) as picture:
            width, height = picture.size
            turn = TURNS[orientation_in(picture)]
            has_alpha = picture.has_transparency_data
            if picture.format == "TIFF":  # of which some versions of Pillow give the turned size
                tags = cast("Any", picture).tag_v2
                width, height = int(tags[256]), int(tags[257])
    except Image.DecompressionBombError as error:
        raise LimitError("the picture is too large", path, "scale it down first") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise VideoError("the picture cannot be read", path, "remove or replace it") from error
    check_pixels(width, height, max_pixels, path)
    shown = (height, width) if turn[0] in (90, 270) else (width, height)
    return PictureHeader(shown, has_alpha, turn)


def orientation_in(picture: Image) -> int:
    """How the camera was held: EXIF's number from 1, upright, to 8."""
    number = picture.getexif().get(_ORIENTATION, 1)
    return number if isinstance(number, int) and number in TURNS else 1


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

    # Else OpenCV writes its own lines about pictures that it does not take.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    content, number, has_alpha = _prepared(path.read_bytes())
    data = np.frombuffer(content, np.uint8)
    image = alpha = None
    if data.size:
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
        image = cv2.imdecode(data, flags)
        whole = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if has_alpha else None
        if whole is not None and whole.ndim == 3 and whole.shape[2] == 4:
            alpha = np.ascontiguousarray(whole[..., 3])
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise VideoError("the picture cannot be decoded", path, _decodable(content))
    if alpha is not None and (alpha.shape != image.shape[:2] or alpha.dtype != image.dtype):
        alpha = None
    turn = TURNS[number]
    rgb = orient(cast("Picture", image[..., ::-1]), *turn)
    return rgb, None if alpha is None else orient(cast("Picture", alpha), *turn)


def _decodable(content: bytes) -> str:
    """What to do about a picture that is not decoded: it may have 32 bits a sample."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as picture:
            is_deep = picture.mode in ("I", "F")
    except Exception:  # Pillow's decoders raise nearly every kind of exception
        is_deep = False
    if is_deep:
        return "it has 32 bits a sample; write the frames with 8 or 16 bits"
    return "remove or replace it"


def _prepared(content: bytes) -> tuple[bytes, int, bool]:
    """A picture's bytes such that decoders do not turn it, and what Pillow finds in its header.

    OpenCV turns TIFF whatever it is told, and other formats only without their alpha. It also
    takes the black of CMYK for alpha.

    Returns:
        The bytes, EXIF's number of how it is to turn, and whether it has an alpha channel.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            number = orientation_in(picture)
            is_tiff, has_alpha = picture.format == "TIFF", picture.has_transparency_data
    except Exception:  # Pillow's decoders raise nearly every kind of exception
        return content, 1, False  # damaged, which OpenCV finds out
    return (_tiff_upright(content) if is_tiff and number != 1 else content), number, has_alpha


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
