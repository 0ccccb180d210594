"""What a file is that was given as a picture and is none: told by its first bytes, then its name.

Converting weights of a network to PNG helps nobody, so each kind has its own advice.
"""

from __future__ import annotations

from pathlib import Path

from flowstyle.core.errors import StyleImageError
from flowstyle.media import avif
from flowstyle.media.exif import read

_BITS = 0x0102  # a TIFF's tag of how many bits each sample has

USUAL = "convert it to PNG or JPEG first"

_WEIGHTS = (
    "weights of a network",
    "a style is a picture, or a network made by flowstyle train (NAME.safetensors); weights of "
    "VGG19 are given by --weights FILE",
)
_VIDEO = (
    "a video",
    "give a picture, for instance one of its frames: ffmpeg -i {path} -frames:v 1 STYLE.png",
)
_PHOTO = (
    "a photograph in another format",
    "save it as JPEG or PNG first: phones and picture viewers export it so",
)
_DRAWING = ("a drawing or document", "export it as PNG first")
_SOUND = ("sound", "give a picture")
_PAGE = (
    "a web page",
    "the download gave a page instead of the picture: open it in a browser and save the picture",
)
_TEXT = ("text", "give a picture; settings are given by --settings FILE")

_Kind = tuple[str, str]
_STARTS: tuple[tuple[bytes, _Kind], ...] = (
    (b"\x1a\x45\xdf\xa3", _VIDEO),  # Matroska, WebM
    (b"FLV", _VIDEO),
    (b"\x00\x00\x01\xba", _VIDEO),  # MPEG
    (b"\x30\x26\xb2\x75", _VIDEO),  # Windows Media
    (b"\x80\x02", _WEIGHTS),  # pickles
    (b"\x80\x04", _WEIGHTS),
    (b"8BPS", _DRAWING),  # Photoshop
    (b"%PDF", _DRAWING),
    (b"<svg", _DRAWING),
    (b"ID3", _SOUND),
    (b"OggS", _SOUND),
    (b"fLaC", _SOUND),
    (b"<!doctype", _PAGE),
    (b"<html", _PAGE),
)
_NAMES: dict[str, _Kind] = {
    **dict.fromkeys((".pth", ".pt", ".ckpt", ".bin", ".onnx", ".h5", ".t7", ".pkl"), _WEIGHTS),
    **dict.fromkeys((".svg", ".ai", ".eps", ".psd", ".pdf", ".xcf", ".kra"), _DRAWING),
    **dict.fromkeys((".heic", ".heif", ".avif", ".jxl", ".dng", ".cr2", ".nef", ".arw"), _PHOTO),
    **dict.fromkeys((".toml", ".txt", ".json", ".yaml", ".yml", ".md", ".csv", ".py"), _TEXT),
    **dict.fromkeys((".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".vob", ".dv", ".y4m"), _VIDEO),
    **dict.fromkeys((".mp3", ".wav", ".aac", ".m4a"), _SOUND),
}
_PHOTO_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"hevc", b"avif", b"avis")


_MOVING_BRANDS = (b"avis", b"msf1", b"hevc", b"hevx")


def is_moving(path: Path) -> bool:
    """Whether a file of a phone's kind for photographs (AVIF, HEIF) is a clip.

    Args:
        path: of the file; one that cannot be read is no clip.
    """
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError:
        return False
    return start[4:8] == b"ftyp" and start[8:12] in _MOVING_BRANDS


def no_picture(path: Path, formats: tuple[str, ...]) -> StyleImageError:
    """The error for a file that is no picture of a kind that is read.

    Args:
        path: of the file.
        formats: what is read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        start = b""
    if start[4:12] in (b"ftypavif", b"ftypavis") and avif.FORMAT in formats:
        return StyleImageError("the picture is damaged or cut off", path, USUAL)
    if start[:4] in (b"II*\0", b"MM\0*"):
        return _unread_tiff(path)
    found = _by_start(start) or _NAMES.get(path.suffix.lower())
    what, advice = found or ("", USUAL)
    listed = ", ".join(formats)
    what = f"the file is {what}: none of {listed}" if what else f"the file is none of {listed}"
    return StyleImageError(what, path, advice.replace("{path}", str(path)))


def _unread_tiff(path: Path) -> StyleImageError:
    """The error for a TIFF whose samples Pillow does not take, or which is broken."""
    bits = read(path.read_bytes()).first.get(_BITS)
    depth = f" of {int.from_bytes(bits.data[:2], 'little')} bits a sample" if bits else ""
    return StyleImageError(
        f"the file is a TIFF{depth} that is damaged or of a kind that is not read",
        path,
        "save it with 8 bits a sample, or as PNG",
    )


def _by_start(start: bytes) -> _Kind | None:
    """The kind that first bytes tell, None where they tell none."""
    if start[4:8] == b"ftyp":
        return _PHOTO if start[8:12] in _PHOTO_BRANDS else _VIDEO
    if start[:4] == b"RIFF":
        return {b"AVI ": _VIDEO, b"WAVE": _SOUND}.get(start[8:12])
    lowered = start.lstrip().lower()
    return next(
        (kind for sign, kind in _STARTS if start.startswith(sign) or lowered.startswith(sign)), None
    )
