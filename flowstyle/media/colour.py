"""Colour between the samples of a clip and RGB: matrix, range, depth, orientation.

FFmpeg converts with BT.601 unless told otherwise, which shifts the reds of HD clips. Here the
clip's own tags decide; an untagged clip follows the players' habit: BT.709 from 1280 columns or
more than 576 lines on, BT.601 below. Pictures are handed on as R'G'B' over the full range: uint8,
or uint16 for sources of more than 8 bits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.errors import VideoError
from flowstyle.core.types import ClipInfo, ColourTags
from flowstyle.media.matrices import OWN, rgb_frame
from flowstyle.media.side_data import side_data

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Picture = NDArray[np.uint8] | NDArray[np.uint16]

# Codes of ITU-T H.273 (the numbers that FFmpeg uses too).
RGB, BT709, UNSPECIFIED, RESERVED, BT601, BT2020 = 0, 1, 2, 3, 6, 9
_SWSCALE = (1, 4, 5, 6, 7, 9)
"""Matrices that can be written."""
PQ, HLG = HDR = 16, 18
LIMITED, FULL = 1, 2

BT709_TAGS = ColourTags(primaries=BT709, transfer=BT709, matrix=BT709, full_range=False)

# swscale's LANCZOS (its kernel widens when shrinking), then ACCURATE_RND, FULL_CHR_H_INT,
# FULL_CHR_H_INP and BITEXACT: the same bits on every processor.
_SCALER = 512 | 262144 | 8192 | 16384 | 524288


def is_hdr(tags: ColourTags) -> bool:
    """True for the transfer curves PQ and HLG, which are not display-ready R'G'B'."""
    return tags.transfer in HDR


def matrix_of(tags: ColourTags, width: int, height: int) -> int:
    """The matrix that turns the clip's Y'CbCr into R'G'B'.

    Args:
        tags: the clip's tags.
        width: stored width in pixels, which with the height decides where the tags are silent.
        height: stored height in pixels.

    Returns:
        Code of H.273.
    """
    if tags.matrix not in (UNSPECIFIED, RGB, RESERVED):
        return tags.matrix
    if tags.primaries in (BT709, BT2020):
        return tags.primaries
    return BT709 if width >= 1280 or height > 576 else BT601


def output_tags(info: ClipInfo) -> ColourTags:
    """The tags of a result: the source's where it has them, BT.709 for everything else.

    Args:
        info: the source clip.

    Returns:
        Tags for Y'CbCr without "unspecified".
    """
    tags = info.colour
    # What is read of other matrices is written with the one that goes with the primaries.
    usual = BT2020 if tags.matrix in OWN and tags.primaries == BT2020 else BT709
    return ColourTags(
        primaries=BT709 if tags.primaries == UNSPECIFIED else tags.primaries,
        transfer=BT709 if tags.transfer == UNSPECIFIED else tags.transfer,
        matrix=tags.matrix if tags.matrix in _SWSCALE else usual,
        full_range=bool(tags.full_range) and tags.matrix != RGB,
    )


def to_rgb(
    frame: VideoFrame, tags: ColourTags, size: tuple[int, int] | None, *, alpha: bool
) -> Picture:
    """Convert one decoded frame, resized on the way.

    Args:
        frame: any pixel format.
        tags: the clip's tags.
        size: stored (width, height) wanted, or None for the frame's own.
        alpha: also return the alpha channel.

    Returns:
        H×W×3, or H×W×4 with alpha (straight, not premultiplied); uint8, or uint16 over the full
        range for sources of more than 8 bits.

    Raises:
        VideoError: the pixel format or the matrix are unknown to swscale.
    """
    from flowstyle.media.pyav import av

    deep = frame.format.components[0].bits > 8
    is_yuv = not frame.format.is_rgb and not frame.format.has_palette
    # swscale takes all grey for full range.
    is_grey = sum(not part.is_alpha for part in frame.format.components) == 1
    full = bool(tags.full_range) or frame.format.name.startswith("yuvj") or (is_yuv and is_grey)
    matrix = matrix_of(tags, frame.width, frame.height)
    width, height = size or (frame.width, frame.height)
    name = frame.format.name
    try:
        if is_yuv and matrix in OWN:
            frame, is_yuv = rgb_frame(frame, tags, full, alpha=alpha), False
        rgb = frame.reformat(
            width=width,
            height=height,
            format=("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24"),
            src_colorspace=matrix if is_yuv else None,
            dst_colorspace=matrix if is_yuv else None,
            src_color_range=(FULL if full else LIMITED) if is_yuv else None,
            dst_color_range=FULL,
            interpolation=_SCALER,
            threads=1,
        )
    except av.error.FFmpegError as error:
        raise VideoError(
            f"the colours of the video cannot be converted: {error.strerror}",
            f"{name}, matrix {matrix} of H.273",
            "let it pass for BT.709: ffmpeg -i CLIP -vf setparams=colorspace=bt709,format=yuv420p"
            " -c:v libx264 -crf 12 -c:a copy NEW.mp4",
        ) from error
    array = rgb.to_ndarray()
    if deep and is_yuv and not full:
        # swscale puts the white of limited-range video at 255·256 = 65280; stretch to 65535.
        colour = (array[..., :3].astype(np.uint32) * 257 + 128) >> 8
        array[..., :3] = np.minimum(colour, 65535).astype(np.uint16)
    if deep and alpha:
        # swscale shifts 10 and 12 bits up, which leaves opaque just below the maximum.
        array[..., 3][array[..., 3] >= 1023 << 6] = 65535
    return cast("Picture", array)


def from_rgb(image: Picture, pixel_format: str, tags: ColourTags) -> VideoFrame:
    """Convert R'G'B' to a frame for an encoder, tagged.

    Args:
        image: H×W×3 or H×W×4, uint8 or uint16 over the full range.
        pixel_format: FFmpeg's name of the encoder's format.
        tags: tags of the result; matrix and range are applied, not only written.

    Returns:
        A frame with ``tags``.
    """
    from flowstyle.media.pyav import av

    deep, alpha = image.dtype == np.uint16, image.shape[2] == 4
    target = av.VideoFormat(pixel_format)
    is_yuv = not target.is_rgb
    full = not is_yuv or bool(tags.full_range)
    if deep and is_yuv:
        # The inverse of the stretch in to_rgb: swscale's white is 65280 here as well.
        image = image.copy()
        image[..., :3] = (image[..., :3].astype(np.uint32) * 256 + 128) // 257
    name = ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
    source = av.VideoFrame.from_ndarray(cast("Picture", np.ascontiguousarray(image)), name)
    frame = source.reformat(
        format=pixel_format,
        src_colorspace=tags.matrix if is_yuv else None,
        dst_colorspace=tags.matrix if is_yuv else None,
        src_color_range=FULL,
        dst_color_range=FULL if full else LIMITED,
        interpolation=_SCALER,
        threads=1,
    )
    frame.colorspace = tags.matrix if is_yuv else RGB
    frame.color_primaries = tags.primaries
    frame.color_trc = tags.transfer
    frame.color_range = FULL if full else LIMITED
    return frame


def orient(picture: Picture, rotation: int, flipped: bool) -> Picture:
    """Turn a stored picture upright.

    Args:
        picture: H×W×C.
        rotation: degrees counterclockwise, a multiple of 90.
        flipped: mirror left and right afterwards.

    Returns:
        The picture as shown, contiguous.
    """
    turned = np.rot90(picture, rotation // 90)
    return cast("Picture", np.ascontiguousarray(turned[:, ::-1] if flipped else turned))


def orientation_of(frame: VideoFrame) -> tuple[int, bool]:
    """Read the display matrix that phones write instead of turning the picture.

    Args:
        frame: a decoded frame.

    Returns:
        ``(rotation, flipped)`` as :func:`orient` takes them, rounded to quarter turns.
    """
    a, b, c, d = _display_matrix(frame)
    # (x', y') = (a·x + c·y, b·x + d·y); the larger pair says whether the axes are swapped.
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return {(1, 1): (0, False), (-1, -1): (180, False), (-1, 1): (0, True)}.get(
            (_sign(a), _sign(d)), (180, True)
        )
    return {(1, -1): (270, False), (-1, 1): (90, False), (1, 1): (270, True)}.get(
        (_sign(b), _sign(c)), (90, True)
    )


def tilt_of(frame: VideoFrame) -> float:
    """By how many degrees a display matrix turns the picture beside quarter turns, clockwise.

    Args:
        frame: a decoded frame.

    Returns:
        −45 to 45; 0 for less than a degree.
    """
    a, b, _, _ = _display_matrix(frame)
    angle = math.degrees(math.atan2(b, a))
    tilt = angle - 90 * round(angle / 90)
    return tilt if abs(tilt) >= 1 else 0.0


def _display_matrix(frame: VideoFrame) -> tuple[int, int, int, int]:
    """The part of it that turns: (a, b, c, d) of x' = a·x + c·y, y' = b·x + d·y."""
    data = side_data(frame).get("DISPLAYMATRIX")
    if data is None:
        return 1, 0, 0, 1
    a, b, _, c, d = np.frombuffer(data, np.int32)[:5].tolist()
    return a, b, c, d


def _sign(value: int) -> int:
    return -1 if value < 0 else 1
