"""Pictures from whatever the caller has: a file, an array, Pillow, a tensor."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from flowstyle.core.colour import is_grey
from flowstyle.core.errors import OutOfMemoryError, StyleImageError, UsageError
from flowstyle.core.events import Decision, Report, ignore
from flowstyle.core.files import sha256_file
from flowstyle.core.images import to_tensor
from flowstyle.guides.styles import StylePicture
from flowstyle.media.pictures import MIN_SIDE, from_pillow, read_picture
from flowstyle.networks.card import is_trained
from flowstyle.networks.file import load_trained
from flowstyle.networks.names import as_network, located, result_name
from flowstyle.settings import Settings

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
PictureLike = str | os.PathLike[str] | Image.Image | NDArray[np.generic] | torch.Tensor
"""A path, or for a style the bare name of a trained network; a Pillow picture; an array H×W×3 RGB,
uint8, uint16, or float in [0, 1]; a tensor 3×H×W or 1×3×H×W, uint8 or in [0, 1]."""

StyleLike = PictureLike | StylePicture
"""A picture, or one with a weight of its own."""


def tell_of_grey(styles: Sequence[StylePicture], settings: Settings, report: Report) -> None:
    """Say that the optimiser paints in grey, where it does because the styles are.

    Args:
        styles: of a render, with their weights.
        settings: the render's.
        report: told the decision.
    """
    if settings.palette_weight == 0 or settings.match_colors:
        return
    if all(is_grey(to_tensor(one.pixels)) for one in styles if one.weight > 0):
        report(Decision("colours", "the style is grey, and so is what is painted"))


def read_styles(
    styles: Sequence[StyleLike], blend: Sequence[float] | None = None, report: Report = ignore
) -> tuple[StylePicture, ...]:
    """The styles of a render.

    Args:
        styles: one or several.
        blend: weight of each; None takes each one's own, which is 1 for plain pictures.
        report: told what was taken of an animation, laid on white or turned upright, and that
            several are blended.

    Raises:
        StyleImageError: one cannot be read.
        WeightsError: one that is given as a trained network is refused.
        UsageError: there is none, or the weights do not fit.
        OutOfMemoryError: one does not fit into the memory.
    """
    if isinstance(styles, str | os.PathLike) or not styles:
        raise UsageError(
            "no list of style pictures was given", "styles", 'give one or several: ["style.jpg"]'
        )
    pictures = [one if isinstance(one, StylePicture) else _style(one, report) for one in styles]
    weights = [one.weight for one in pictures] if blend is None else [float(w) for w in blend]
    fits = len(weights) == len(pictures) and all(0 <= w < math.inf for w in weights)
    if not fits or sum(weights) <= 0:
        raise UsageError(
            f"blend weights {', '.join(f'{w:g}' for w in weights)} for {len(pictures)} styles",
            "--blend",
            "give one weight, 0 or more, for each style picture, and not 0 for all",
        )
    blended = [replace(one, weight=weight) for one, weight in zip(pictures, weights, strict=True)]
    if len(blended) > 1:
        shares = [
            f"{one.weight / sum(weights):.0%} of {one.name or 'a picture'}" for one in blended
        ]
        report(Decision("styles", f"blended: {', '.join(shares)}"))
    return tuple(blended)


def files_of(styles: Sequence[StyleLike]) -> list[Path]:
    """The files that styles come from, which no result may replace."""
    return [path for path in paths_of(styles) if path is not None]


def paths_of(styles: Sequence[StyleLike]) -> list[Path | None]:
    """The file that each style comes from, None for those that come from none."""
    given = [one.path if isinstance(one, StylePicture) else one for one in styles]
    return [as_network(Path(one)) if isinstance(one, str | os.PathLike) else None for one in given]


def name_of(picture: StyleLike) -> str:
    """A style's name, for the names of results; see :func:`networks.names.result_name`."""
    if isinstance(picture, str | os.PathLike):
        return result_name(as_network(Path(picture)))
    return getattr(picture, "name", "") or "style"


def pixels_of(picture: PictureLike, report: Report = ignore) -> Pixels:
    """A picture as an array, H×W×3 RGB, uint8 or uint16.

    Args:
        picture: see :data:`PictureLike`.
        report: told what was taken of an animation or laid on white.

    Raises:
        StyleImageError: it cannot be read, or is no picture.
        LimitError: it is too large.

    Example:
        >>> pixels_of(torch.ones(3, 20, 30)).shape
        (20, 30, 3)
    """
    if isinstance(picture, str | os.PathLike):
        return read_picture(Path(picture), report=report)
    if isinstance(picture, Image.Image):
        return _checked(from_pillow(picture))
    if isinstance(picture, torch.Tensor):
        image = picture if picture.ndim == 4 else picture[None]
        if image.ndim != 4 or image.shape[:2] != (1, 3):
            raise _no_picture(f"a tensor of shape {tuple(picture.shape)}")
        return _checked(as_pixels(image[0].permute(1, 2, 0).detach().cpu().numpy()))
    return _checked(as_pixels(picture))


def as_pixels(picture: NDArray[np.generic]) -> Pixels:
    """An array as a picture, H×W×3 RGB, uint8 or uint16.

    Args:
        picture: H×W×3, uint8, uint16, or float in [0, 1].

    Raises:
        StyleImageError: it has another shape or type.
    """
    array = np.asarray(picture)
    if array.ndim != 3 or array.shape[2] != 3:
        raise _no_picture(f"an array of shape {array.shape}")
    if array.dtype in (np.uint8, np.uint16):
        return cast("Pixels", np.ascontiguousarray(array))
    if np.issubdtype(array.dtype, np.floating):
        values = array.astype(np.float64)
        if not (np.isfinite(values).all() and values.min() >= -0.01 and values.max() <= 1.01):
            raise _no_picture("an array with values outside of 0 to 1")
        return np.rint(np.clip(values, 0, 1) * 65535).astype(np.uint16)
    raise _no_picture(f"an array of {array.dtype}")


def _style(picture: PictureLike, report: Report) -> StylePicture:
    if isinstance(picture, str | os.PathLike):
        picture = as_network(Path(picture))
        if is_trained(picture):
            return _of_network(located(picture))
    try:
        pixels = pixels_of(picture, report)
        if not isinstance(picture, str | os.PathLike):
            return StylePicture(pixels, name=name_of(picture))
        path = Path(picture)
        return StylePicture(pixels, name=path.stem, digest=sha256_file(path), path=path)
    except MemoryError:
        raise OutOfMemoryError(
            "the memory does not suffice for this picture",
            picture if isinstance(picture, str | os.PathLike) else "a style picture",
            "make the picture smaller: a style needs no more pixels than the frames have",
        ) from None


def _of_network(path: Path) -> StylePicture:
    """The style that a network was trained for, by the picture in its file."""
    trained = load_trained(path)
    return StylePicture(trained.picture, name=path.stem, digest=trained.digest, path=path)


def _checked(pixels: Pixels) -> Pixels:
    if min(pixels.shape[:2]) < MIN_SIDE:
        raise StyleImageError(
            f"the picture has {pixels.shape[1]}×{pixels.shape[0]} pixels, too few to show a style",
            "a picture given as an array",
            f"use a picture of at least {MIN_SIDE} pixels on each side",
        )
    return pixels


def _no_picture(what: str) -> StyleImageError:
    return StyleImageError(
        f"{what} is no picture",
        "a picture given by a program",
        "give a path, a Pillow picture, an array H×W×3 of uint8, uint16 or floats in [0, 1], or a "
        "tensor 3×H×W in [0, 1]",
    )
