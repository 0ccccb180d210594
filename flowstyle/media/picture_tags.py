"""What a photograph's file tells beside its pixels, and what of that a painting's file keeps.

Kept is what stays true of a painting: the camera, dates, names, rights, the place, the resolution
and comments. Not kept is what describes the old pixels or the old file: sizes, thumbnails, the
camera's own notes, and records of editing programs, which repeat the rest.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flowstyle.media.avif import FORMAT, and_avif
from flowstyle.media.exif import Exif, rational, read, short
from flowstyle.media.picture_file import TURNS, orientation_in

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")

_ORIENTATION, _ACROSS, _DOWN, _UNIT = 0x0112, 0x011A, 0x011B, 0x0128
_INCH, _CENTIMETRE = 2, 3

_FIRST = frozenset(
    [
        *(0x010E, 0x010F, 0x0110, 0x0131),  # description, camera's make and model, software
        *(0x0132, 0x013B, 0x013C),  # date, artist, computer
        *(0x4746, 0x8298),  # rating, copyright
        *range(0x9C9B, 0x9CA0),  # Windows' title, comment, author, keywords, subject
    ]
)
"""Of the first directory what is kept; all else there tells how pixels are stored."""

_DATES = (0x9003, 0x9004)
"""Some programs write them into the first directory, where few readers look for them."""

_NOTES = 0x927C
_OF_PIXELS = frozenset(
    [
        *(_NOTES, 0x9101, 0x9102, 0x9214, 0xA000, 0xA001, 0xA002, 0xA003, 0xA004, 0xA005),
        *(0xA20C, 0xA20E, 0xA20F, 0xA210, 0xA214),
    ]
)
"""Of the camera's directory what tells of the old file: sizes, places in it, its colour space."""

_MOST_EXIF, _MOST_COMMENT, _MOST_DPI = 65_533, 65_533, 65_535
"""Bytes that a JPEG holds, and its finest resolution."""

_OLD_EXIF = "Raw profile type exif"
_HIDDEN = ("XML:com.adobe.xmp", "Raw profile type")
"""Names of PNG's texts that are records of other kinds."""


@dataclass(frozen=True)
class PictureTags:
    """What a photograph tells.

    Args:
        exif: without what is not kept.
        dpi: pixels an inch across and down as shown, None where the file does not say.
        comment: of a JPEG or GIF, "" for none.
        texts: of a PNG, by name.
        lost: what no kind of file keeps, in words.
    """

    exif: Exif = field(default_factory=Exif)
    dpi: tuple[float, float] | None = None
    comment: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()

    def written(self, image: NDArray[np.uint8], kind: str, **options: Any) -> bytes:
        """A picture's file that tells this too; the same gives the same bytes.

        Args:
            image: H×W×3 RGB.
            kind: "JPEG", "PNG", "WEBP" or "TIFF".
            options: for Pillow.
        """
        from PIL import Image

        exif, file = self._exif(kind), io.BytesIO()
        if self.dpi and kind != "WEBP":
            options["dpi"] = self.dpi
        if exif and kind != "TIFF" and not self._is_too_long(kind):
            options["exif"] = exif.block()
        if kind == "JPEG" and self._holds_comment(kind):
            options["comment"] = self.comment.encode("utf-8")
        if kind == "PNG":
            options["pnginfo"] = self._png()
        Image.fromarray(image).save(file, kind, **options)
        return exif.put(file.getvalue()) if exif and kind == "TIFF" else file.getvalue()

    def not_kept(self, kind: str) -> tuple[str, ...]:
        """What such a file does not keep, in words; ``kind`` as above."""
        lost = ["EXIF, which is too long for a JPEG"] if self._is_too_long(kind) else []
        lost += ["comment"] if self.comment and not self._holds_comment(kind) else []
        lost += [f"text {name!r}" for name in self.texts if kind != "PNG"]
        return (*lost, *self.lost)

    def _exif(self, kind: str) -> Exif | None:
        """Upright, and with the resolution in WebP, which has no other place for it."""
        first = dict(self.exif.first)
        if self.dpi and kind == "WEBP":
            across, down = map(rational, self.dpi)
            first |= {_ACROSS: across, _DOWN: down, _UNIT: short(_INCH)}
        if not (first or self.exif.camera or self.exif.place):
            return None
        return replace(self.exif, first={**first, _ORIENTATION: short(1)})

    def _is_too_long(self, kind: str) -> bool:
        exif = self._exif(kind) if kind == "JPEG" else None
        return exif is not None and len(exif.block()) > _MOST_EXIF

    def _holds_comment(self, kind: str) -> bool:
        size = len(self.comment.encode("utf-8"))
        return kind == "PNG" or (kind == "JPEG" and 0 < size <= _MOST_COMMENT)

    def _png(self) -> Any:
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        comment = {"Comment": self.comment} if self.comment else {}
        for name, text in {**comment, **self.texts}.items():
            info.add_text(name, text)  # as iTXt where it is not Latin-1
        return info


NO_TAGS = PictureTags()


def read_tags(path: Path) -> PictureTags:
    """Read what a photograph tells; what is broken in it is left out.

    Args:
        path: of a picture that :func:`flowstyle.media.pictures.read_picture` takes.
    """
    from PIL import Image

    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(path, formats=and_avif(_FORMATS)) as picture,
        ):
            return _tags_of(picture, path)
    except Exception:  # Pillow's decoders raise nearly every kind of exception
        return NO_TAGS


def _tags_of(picture: Image, path: Path) -> PictureTags:
    texts = {name: str(text) for name, text in getattr(picture, "text", {}).items()}
    exif = read(_block(picture, texts, path))
    lost = ["the camera's own notes"] if _NOTES in exif.camera else []
    records = {"xmp": "XMP", "photoshop": "IPTC"}
    lost += [word for key, word in records.items() if picture.info.get(key)]
    comment = picture.info.get("comment", b"")
    dates = {tag: exif.first[tag] for tag in _DATES if tag in exif.first}
    camera = {tag: value for tag, value in exif.camera.items() if tag not in _OF_PIXELS}
    first = {tag: value for tag, value in exif.first.items() if tag in _FIRST}
    return PictureTags(
        Exif(first, {**dates, **camera}, exif.place),
        _dpi(picture, exif),
        _decoded(comment) if isinstance(comment, bytes) else str(comment),
        {name: text for name, text in texts.items() if not name.startswith(_HIDDEN)},
        tuple(lost),
    )


def _block(picture: Image, texts: Mapping[str, str], path: Path) -> bytes:
    """The bytes of EXIF, b"" for none."""
    if picture.format == "TIFF":
        return path.read_bytes()
    if _OLD_EXIF in texts:  # a name, its length, and the bytes in hexadecimal
        return bytes.fromhex("".join(texts[_OLD_EXIF].split("\n")[3:]))
    return bytes(picture.info.get("exif", b""))


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _dpi(picture: Image, exif: Exif) -> tuple[float, float] | None:
    """Pixels an inch across and down as the picture is shown."""
    told: Any = picture.info.get("dpi")
    # Where a JPEG's own head does not say, EXIF may; Pillow says 72 where neither does.
    if picture.format in ("WEBP", FORMAT) or (
        picture.format == "JPEG" and picture.info.get("jfif_unit") not in (1, 2)
    ):
        unit = int(exif.first[_UNIT].rational()) if _UNIT in exif.first else _INCH
        scale = {_INCH: 1.0, _CENTIMETRE: 2.54}.get(unit, 0.0)
        pair = (exif.first.get(_ACROSS), exif.first.get(_DOWN))
        told = tuple(scale * one.rational() if one else 0.0 for one in pair)
    try:
        across, down = (float(each) for each in told)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not (1 <= across <= _MOST_DPI and 1 <= down <= _MOST_DPI):
        return None
    turned = TURNS[orientation_in(picture)][0] in (90, 270)
    return (down, across) if turned else (across, down)
