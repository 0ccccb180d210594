"""One picture of a clip's frames: its header, its samples, and what is refused."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.errors import LimitError, VideoError
from flowstyle.media import avif
from flowstyle.media.avif import and_avif
from flowstyle.media.colour import Picture, orient
from flowstyle.media.netpbm import brought_to_white, ended, white_of
from flowstyle.media.orientation import UPRIGHT
from flowstyle.media.profiles import foreign_name, to_srgb

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = ("PNG", "JPEG", "PPM", "BMP", "TIFF", "WEBP")

# FFmpeg reads no animated WebP. Pillow knows a frame's time only once it is decoded.
_TO_APNG = (
    'convert it and give CLIP.apng: python3 -c "from PIL import Image, ImageSequence; '
    "i = Image.open('FILE'); i.save('CLIP.apng', save_all=True, duration="
    "[f.load() and f.info.get('duration', 40) for f in ImageSequence.Iterator(i)])\""
)

# Compressions of TIFF, as Pillow names them.
_UNKNOWN_TO_OPENCV = {"zstd", "lzma", "webp"}

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
        profile: the name of the ICC profile by which its colours are converted, "" for none.
    """

    size: tuple[int, int]
    has_alpha: bool
    turn: tuple[int, bool] = UPRIGHT
    profile: str = ""


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
        with Image.open(path, formats=and_avif(_FORMATS)) as picture:
            width, height = picture.size
            turn = TURNS[orientation_in(picture)]
            has_alpha = picture.has_transparency_data
            profile = "" if is_deep_grey(picture) else foreign_name(picture.info.get("icc_profile"))
            if picture.format == "TIFF":  # of which some versions of Pillow give the turned size
                tags = cast("Any", picture).tag_v2
                width, height = int(tags[256]), int(tags[257])
            curve = avif.hdr_curve(path.read_bytes()) if picture.format == avif.FORMAT else ""
    except Image.DecompressionBombError as error:
        raise LimitError("the picture is too large", path, "scale it down first") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise VideoError("the picture cannot be read", path, "remove or replace it") from error
    check_pixels(width, height, max_pixels, path)
    if curve:
        raise VideoError(f"this is an HDR picture ({curve}), which is not read", path, avif.TO_SDR)
    shown = (height, width) if turn[0] in (90, 270) else (width, height)
    return PictureHeader(shown, has_alpha, turn, profile)


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
        H×W×3 RGB and H×W alpha or None, uint8 or uint16, EXIF orientation applied. Colours of
        another ICC profile than sRGB's are converted to it, which gives uint8.

    Raises:
        VideoError: it cannot be decoded.
    """
    import cv2

    # Else OpenCV writes its own lines about pictures that it does not take.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    prepared = _prepared(path.read_bytes())
    content = prepared.content
    data = np.frombuffer(ended(content), np.uint8)
    image: Any = None
    alpha: Picture | None = None
    if data.size:
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
        image = cv2.imdecode(data, flags)
        whole = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if prepared.has_alpha else None
        alpha = None if whole is None else _alpha_of(whole, prepared.clear)
    if image is None:
        image, alpha = _by_pillow(content)
    else:
        white = white_of(content) or avif.white_of(content)
        image = brought_to_white(image, white)
        alpha = None if alpha is None else brought_to_white(alpha, white)
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise VideoError("the picture cannot be decoded", path, _decodable(content))
    if alpha is not None and (alpha.shape != image.shape[:2] or alpha.dtype != image.dtype):
        alpha = None
    turn = TURNS[prepared.number]
    rgb = cast("Picture", image[..., ::-1])
    if prepared.profile:
        rgb = _by_profile(path, content, prepared.profile)
        if alpha is not None and alpha.dtype == np.uint16:
            alpha = ((alpha.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    rgb = orient(rgb, *turn)
    return rgb, None if alpha is None else orient(alpha, *turn)


def _by_pillow(content: bytes) -> tuple[Picture | None, Picture | None]:
    """A TIFF or AVIF that OpenCV is not built for: its colours, blue first as OpenCV's, and alpha.

    None for all others, of which OpenCV knows best whether they are damaged, and for deep grey.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=and_avif(_FORMATS)) as picture:
            unknown = picture.info.get("compression") in _UNKNOWN_TO_OPENCV
            if not (unknown or picture.format == avif.FORMAT) or is_deep_grey(picture):
                return None, None
            picture.load()
            has_alpha = picture.has_transparency_data
            whole = np.asarray(picture.convert("RGBA" if has_alpha else "RGB"))
    except Exception:  # Pillow's decoders raise nearly every kind of exception
        return None, None
    alpha = np.ascontiguousarray(whole[..., 3]) if has_alpha else None
    return cast("Picture", whole[..., 2::-1]), cast("Picture | None", alpha)


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


@dataclass(frozen=True)
class _Prepared:
    """A picture's bytes such that decoders do not turn it, and what Pillow finds in its header.

    Args:
        content: the bytes.
        number: EXIF's of how it is to turn.
        has_alpha: something may shine through.
        clear: the one grey that does, in the samples that OpenCV gives; None for others.
        profile: by which the colours are to be converted, None where they are sRGB.
    """

    content: bytes
    number: int = 1
    has_alpha: bool = False
    clear: int | None = None
    profile: bytes | None = None


def _prepared(content: bytes) -> _Prepared:
    """Look into the header, and set a TIFF's orientation to upright.

    OpenCV turns TIFF whatever it is told, and other formats only without their alpha. It also
    takes the black of CMYK for alpha.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=and_avif(_FORMATS)) as picture:
            number = orientation_in(picture)
            is_tiff, has_alpha = picture.format == "TIFF", picture.has_transparency_data
            profile = None if is_deep_grey(picture) else picture.info.get("icc_profile")
            clear = _clear_grey(picture, content)
    except Exception:  # Pillow's decoders raise nearly every kind of exception
        return _Prepared(content)  # damaged, which OpenCV finds out
    upright = _tiff_upright(content) if is_tiff and number != 1 else content
    profile = profile if foreign_name(profile) else None
    return _Prepared(upright, number, has_alpha, clear, profile)


def is_deep_grey(picture: Image) -> bool:
    """Whether it is grey of more than 8 bits, which is not converted by its profile."""
    return picture.mode.startswith("I") or picture.mode == "F"


def _clear_grey(picture: Image, content: bytes) -> int | None:
    """The grey that a PNG declares transparent, which OpenCV does not tell."""
    key = picture.info.get("transparency")
    if picture.format != "PNG" or picture.mode in ("P", "RGB") or not isinstance(key, int):
        return None
    bits = int(content[24])  # of the header: fewer than 8 are stretched while they are decoded
    return key * ((65535 if bits == 16 else 255) // int(2**bits - 1))


def _alpha_of(whole: NDArray[Any], clear: int | None) -> Picture | None:
    """The alpha channel, H×W; None where there is none.

    Args:
        whole: as OpenCV decodes it unchanged.
        clear: the grey that is transparent, None for none.
    """
    if whole.ndim == 3 and whole.shape[2] == 4:
        return cast("Picture", np.ascontiguousarray(whole[..., 3]))
    if clear is None:
        return None
    grey = whole if whole.ndim == 2 else whole[..., 0]
    opaque = np.iinfo(whole.dtype).max
    return cast("Picture", np.where(grey == clear, 0, opaque).astype(whole.dtype))


def _by_profile(path: Path, content: bytes, profile: bytes) -> Picture:
    """The colours in sRGB, H×W×3 uint8; transparency is left out."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=and_avif(_FORMATS)) as picture:
            picture.load()
            picture.info.pop("transparency", None)
            plain = {"LA": "L", "La": "L", "RGBa": "RGB", "RGBA": "RGB"}.get(picture.mode)
            image = to_srgb(picture.convert(plain) if plain else picture, profile)
            return cast("Picture", np.asarray(image.convert("RGB")))
    except Exception as error:  # Pillow's decoders raise nearly every kind of exception
        raise VideoError(
            f"the picture cannot be decoded ({error})", path, "remove or replace it"
        ) from error


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
