"""Matrices of H.273 that swscale does not know: YCgCo, constant luminance, from the primaries.

Equations are those of ITU-T H.273 (08/2021), 8.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.types import ColourTags

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

YCGCO, BT2020_CL, CHROMA_NCL, CHROMA_CL = 8, 10, 12, 13
OWN = (YCGCO, BT2020_CL, CHROMA_NCL, CHROMA_CL)
"""The matrices that are computed here."""

_BT2020 = 9
_D65, _C = (0.3127, 0.3290), (0.310, 0.316)
_PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65),
    4: ((0.670, 0.330), (0.210, 0.710), (0.140, 0.080), _C),
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
}
"""Chromaticities (x, y) of red, green, blue and white, by H.273's code."""

Plane = NDArray[np.float64]


def luma_weights(primaries: int) -> tuple[float, float]:
    """Shares of red and blue in luminance.

    Args:
        primaries: code of H.273; unknown ones count as BT.709's.

    Returns:
        (K_R, K_B): the middle row of the matrix from R, G, B to X, Y, Z (equations 32 to 37).
    """
    *colours, white = _PRIMARIES.get(primaries, _PRIMARIES[1])
    xyz = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in (*colours, white)])
    shares = np.linalg.solve(xyz[:3].T, xyz[3])
    return float(shares[0]), float(shares[2])


def decode(y: Plane, cb: Plane, cr: Plane, tags: ColourTags) -> NDArray[np.float64]:
    """R'G'B' of a picture.

    Args:
        y: luma, H×W, 0 to 1.
        cb: first colour difference, H×W, −0.5 to 0.5.
        cr: the second.
        tags: with a matrix of :data:`OWN`.

    Returns:
        H×W×3, not clipped.
    """
    if tags.matrix == YCGCO:
        return np.stack([y - cb + cr, y + cb, y - cb - cr], axis=-1)
    kr, kb = luma_weights(_BT2020 if tags.matrix == BT2020_CL else tags.primaries)
    if tags.matrix == CHROMA_NCL:
        red, blue = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
        return np.stack([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue], axis=-1)
    red, blue = y + cr * _reach(cr, kr), y + cb * _reach(cb, kb)
    green = (to_light(y) - kr * to_light(red) - kb * to_light(blue)) / (1 - kr - kb)
    return np.stack([red, from_light(green), blue], axis=-1)


def _reach(difference: Plane, weight: float) -> Plane:
    """Twice the largest difference below and above 0 (equations 59 to 66)."""
    below = 2 * from_light(np.array(1 - weight))
    above = 2 * (1 - from_light(np.array(weight)))
    return np.where(difference <= 0, below, above)


def from_light(light: Plane) -> Plane:
    """The curve of BT.709 and BT.2020: linear light to signal."""
    top = 1.099 * np.maximum(light, 0.018) ** 0.45 - 0.099
    return np.where(light < 0.018, 4.5 * light, top)


def to_light(signal: Plane) -> Plane:
    """The inverse of :func:`from_light`."""
    top = ((np.maximum(signal, 0.081) + 0.099) / 1.099) ** (1 / 0.45)
    return np.where(signal < 0.081, signal / 4.5, top)


def rgb_frame(frame: VideoFrame, tags: ColourTags, full: bool, *, alpha: bool) -> VideoFrame:
    """Convert a decoded frame.

    Args:
        frame: Y'CbCr of any layout.
        tags: with a matrix of :data:`OWN`.
        full: its range.
        alpha: keep the alpha channel.

    Returns:
        A frame of "rgb48le" or "rgba64le" over the full range, of the same size.
    """
    from flowstyle.media.pyav import av

    # From layout to layout swscale needs no matrix, but wants the name of one that it knows.
    frame.colorspace = 1
    range_ = 2 if full else 1
    planes: NDArray[Any] = frame.reformat(
        format="yuva444p16le" if alpha else "yuv444p16le",
        src_colorspace=1,
        dst_colorspace=1,
        src_color_range=range_,
        dst_color_range=range_,
        interpolation=4 | 8192 | 16384 | 262144 | 524288,
        threads=1,
    ).to_ndarray()
    if planes.shape[0] in (3, 4):
        planes = np.moveaxis(planes, 0, -1)
    codes = planes[..., :3].astype(np.float64)
    low, luma, chroma = (0.0, 65535.0, 65535.0) if full else (4096.0, 56064.0, 57344.0)
    rgb = decode(
        (codes[..., 0] - low) / luma,
        (codes[..., 1] - 32768) / chroma,
        (codes[..., 2] - 32768) / chroma,
        tags,
    )
    shown = np.rint(np.clip(rgb, 0, 1) * 65535).astype(np.uint16)
    if not alpha:
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), "rgb48le")
    whole = np.concatenate([shown, planes[..., 3:]], axis=-1)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(whole), "rgba64le")
