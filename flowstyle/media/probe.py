"""What a clip is, before any work starts: size, times, colour, and whether it can be used."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flowstyle.core import disk
from flowstyle.core.errors import UsageError, VideoError
from flowstyle.core.events import Decision, Notice, Report, ignore
from flowstyle.core.nearby import advice_for
from flowstyle.core.types import ClipInfo, ColourTags
from flowstyle.media.colour import (
    FULL,
    HDR,
    LIMITED,
    PQ,
    UNSPECIFIED,
    is_hdr,
    orientation_of,
    tilt_of,
    to_rgb,
)
from flowstyle.media.cropping import crop_of
from flowstyle.media.decode import decode
from flowstyle.media.dolby_vision import refuse_own_colours
from flowstyle.media.fields import INTERLACED
from flowstyle.media.opening import (
    MAX_PIXELS,
    decoder_of,
    leaves_edits_aside,
    open_clip,
    refuse_address,
    refuse_encrypted,
)
from flowstyle.media.orientation import UPRIGHT, told_turn
from flowstyle.media.picture_file import (
    check_pixels,
    picture_header,
    read_picture,
    refuse_animation,
)
from flowstyle.media.picture_folder import is_pattern, is_picture, list_pictures
from flowstyle.media.pyav_values import exact, readable
from flowstyle.media.streams import describe_streams, told_streams, video_stream
from flowstyle.media.survey import declared_frames, with_clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_TONE_MAP = (
    "map it to SDR first: ffmpeg -i CLIP -vf "
    '"zscale=t=linear:npl=100,tonemap=hable,zscale=p=bt709:t=bt709:m=bt709:r=tv,format=yuv420p"'
    " -c:v libx264 -crf 12 -c:a copy SDR.mp4"
)
_ITS_OWN = (
    "leave --fps out, which is for folders of frames; for another rate convert the clip first: "
    "ffmpeg -i CLIP -vf fps=30 -crf 12 CLIP_30.mp4"
)
_PROGRESSIVE = 1  # of FFmpeg's field orders
# A pixel that is this much wider than high, or higher than wide, is a mistake of the file.
_STRETCHED = 8
# Their decoders give an alpha channel whether anything shines through or not.
_ALWAYS_ALPHA = ("gif", "apng")


def probe(
    path: Path,
    *,
    rate: Fraction | None = None,
    stream: int | None = None,
    max_pixels: int = MAX_PIXELS,
    report: Report = ignore,
) -> ClipInfo:
    """Look at a clip: its header and its first frame.

    Args:
        path: a video file, a folder of pictures, a pattern such as ``frames/%04d.png``, or one
            picture.
        rate: frames a second of a folder of pictures; 24 if None.
        stream: index of the video stream in the file; None chooses, see
            :mod:`flowstyle.media.streams`.
        max_pixels: larger pictures are refused before they are decoded.
        report: told which stream is read where there are several.

    Returns:
        What is known of the clip.

    Raises:
        VideoError: it is missing, no video, without a picture or frames, HDR, or Dolby
            Vision alone.
        LimitError: its pictures are too large.
        UsageError: a rate is given for a video, whose frames have times of their own, or there is
            no video stream of that number.
    """
    refuse_address(path)
    missing = disk.why_missing(path)
    if missing and not is_pattern(path):
        advice = advice_for(path, "check the name and the folder")
        raise VideoError(f"the clip {missing}", path, advice)
    if missing or path.is_dir() or is_picture(path):
        if stream is not None:
            raise UsageError("pictures have no streams", path, "leave --stream out")
        return _probe_pictures(path, rate or Fraction(24), max_pixels, report)
    if not path.is_file():
        raise VideoError("this is not a file", path, "give a video file or a folder of pictures")
    if rate is not None:
        raise UsageError("the frames of a video have their own times", f"--fps, {path}", _ITS_OWN)
    with open_clip(path, max_pixels=max_pixels) as container:
        video = video_stream(container, path, stream)
        context = video.codec_context
        check_pixels(context.width, context.height, max_pixels, path)
        refuse_own_colours(path, container, video.index)
        info = _from_stream(path, container, video)
        _refuse_hdr(info)
        if leaves_edits_aside(container):
            report(Notice("its edit list would leave nothing of the clip: all of it is read"))
        first = _first_frame(container, video, path)
        check_pixels(first.width, first.height, max_pixels, path)
        info = _with_first_frame(info, video, first)
        # Colours of a kind that cannot be converted are refused now.
        to_rgb(first, info.colour, (16, 16), alpha=info.has_alpha)
    _refuse_hdr(info)
    if len(info.streams) > 1:
        report(Decision("stream", told_streams(info.stream, info.streams)))
    if info.rotation or info.flipped:
        report(Decision("orientation", told_turn(info.rotation, info.flipped)))
    tilt = tilt_of(first)
    if tilt:
        turned = "it is turned by quarter turns only: turn it first: ffmpeg -i CLIP -crf 12 NEW.mp4"
        report(Notice(f"the file asks for a picture that is tilted by {tilt:+.0f}°; {turned}"))
    if info.interlaced:
        report(Decision("fields", "interlaced: each pair of fields becomes one whole frame"))
    info = with_clock(info, max_pixels=max_pixels)
    if info.clock.joins:
        jumps = len(info.clock.joins)
        report(Decision("times", f"the file's clock jumps {jumps}×: the picture goes on evenly"))
    if info.has_alpha and info.codec in _ALWAYS_ALPHA:
        info = replace(info, has_alpha=_is_transparent(info))
    return info


def _refuse_hdr(info: ClipInfo) -> None:
    """Refuse PQ and HLG: read as SDR they look washed out."""
    if is_hdr(info.colour):
        curve = "PQ" if info.colour.transfer == PQ else "HLG"
        raise VideoError(f"this is an HDR clip ({curve}), which is not read", info.path, _TONE_MAP)


def _probe_pictures(path: Path, rate: Fraction, max_pixels: int, report: Report) -> ClipInfo:
    """Describe a folder of pictures; the first one is decoded, of the others the header."""
    pictures = list_pictures(path)
    first = picture_header(pictures[0], max_pixels=max_pixels)
    turns, profiles = [first.turn], [first.profile]
    if pictures == (path,):
        refuse_animation(path)
    width, height = first.size
    has_alpha = first.has_alpha
    for picture in pictures[1:]:
        header = picture_header(picture, max_pixels=max_pixels)
        has_alpha = has_alpha or header.has_alpha
        turns.append(header.turn)
        profiles.append(header.profile)
        if header.size != first.size:
            here = f"{header.size[0]}×{header.size[1]}"
            raise VideoError(
                f"the pictures differ in size: {here} here, {width}×{height} before",
                picture,
                "give pictures of one size, or one folder for each size",
            )
    for turn, count in Counter(turns).items():
        if turn != UPRIGHT:
            report(Decision("orientation", told_turn(*turn) + _of(count, pictures)))
    for profile, count in Counter(profiles).items():
        if profile:
            told = f"brought to sRGB with 8 bits by the profile {profile}"
            report(Decision("colours", told + _of(count, pictures)))
    image, _ = read_picture(pictures[0])
    return ClipInfo(
        path=path,
        width=width,
        height=height,
        frames=len(pictures),
        time_base=1 / rate,
        rate=rate,
        duration_pts=len(pictures),
        bit_depth=8 * image.dtype.itemsize,
        has_alpha=has_alpha,
        codec="pictures",
        pixel_format="rgb24" if image.dtype.itemsize == 1 else "rgb48",
        pictures=pictures,
    )


def _of(count: int, pictures: Sequence[Path]) -> str:
    """How many pictures of a row something is said of."""
    return f", {count} of {len(pictures)} pictures" if len(pictures) > 1 else ""


def _from_stream(path: Path, container: InputContainer, stream: VideoStream) -> ClipInfo:
    """Describe what the container and the codec's header declare."""
    context = stream.codec_context
    told = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    rate = next(filter(None, map(exact, told)), Fraction(25))
    tags = ColourTags(
        primaries=int(context.color_primaries),
        transfer=int(context.color_trc),
        matrix=int(context.colorspace),
        full_range=_range_of(int(context.color_range)),
    )
    return ClipInfo(
        path=path,
        width=context.width,
        height=context.height,
        frames=declared_frames(container, stream),
        time_base=exact(stream.time_base) or 1 / rate,
        rate=rate,
        start_pts=stream.start_time or 0,
        crop=crop_of(container, stream.index, (context.width, context.height)),
        stream=stream.index,
        streams=describe_streams(container),
        has_audio=bool(container.streams.audio),
        interlaced=int(context.field_order) in INTERLACED,
        colour=tags,
        codec=context.name,
        pixel_format=context.pix_fmt or "",
        metadata=readable(container.metadata),
    )


def _with_first_frame(info: ClipInfo, stream: VideoStream, frame: VideoFrame) -> ClipInfo:
    """Add what only a decoded frame tells: tags in the bitstream, orientation, depth."""
    rotation, flipped = orientation_of(frame)
    turned = rotation in (90, 270)
    left, right, top, bottom = info.crop
    size = frame.width - left - right, frame.height - top - bottom
    shapes = (stream.sample_aspect_ratio, stream.codec_context.sample_aspect_ratio)
    aspect = next(filter(None, map(exact, shapes)), Fraction(1))
    aspect = aspect if 1 / _STRETCHED < aspect < _STRETCHED else Fraction(1)
    tags = info.colour
    tags = ColourTags(
        primaries=tags.primaries if tags.primaries != 2 else int(frame.color_primaries),
        transfer=_transfer_of(tags.transfer, int(frame.color_trc)),
        matrix=tags.matrix if tags.matrix != 2 else int(frame.colorspace),
        full_range=(
            _range_of(int(frame.color_range)) if tags.full_range is None else tags.full_range
        ),
    )
    told_whole = int(stream.codec_context.field_order) == _PROGRESSIVE
    woven = bool(frame.interlaced_frame)
    return replace(
        info,
        width=size[turned],
        height=size[not turned],
        start_pts=info.start_pts if frame.pts is None else frame.pts,
        bit_depth=frame.format.components[0].bits,
        rotation=rotation,
        flipped=flipped,
        sample_aspect=1 / aspect if turned else aspect,
        has_alpha=any(c.is_alpha for c in frame.format.components),
        interlaced=info.interlaced or (woven and not told_whole),
        # Of a clip whose first frame is whole FFmpeg tells the same, but later ones may not be.
        whole_frames=woven and told_whole,
        colour=tags,
        pixel_format=frame.format.name,
    )


def _transfer_of(header: int, frame: int) -> int:
    """The curve that counts: PQ or HLG if either tells it, else the header's if it tells one.

    Broadcast HLG names BT.2020 in its header, for old receivers, and HLG in a message beside each
    picture (ETSI TS 101 154): FFmpeg tells that of decoded frames alone.
    """
    if frame in HDR or header == UNSPECIFIED:
        return frame
    return header


def _is_transparent(info: ClipInfo) -> bool:
    """Whether anything shines through any frame."""
    frames = (item.frame for item in decode(info) if item.frame is not None)
    alphas = (to_rgb(frame, info.colour, None, alpha=True)[..., 3] for frame in frames)
    return any(bool((alpha < np.iinfo(alpha.dtype).max).any()) for alpha in alphas)


def _range_of(code: int) -> bool | None:
    return {LIMITED: False, FULL: True}.get(code)


def _first_frame(container: InputContainer, stream: VideoStream, path: Path) -> VideoFrame:
    """Decode the first frame that can be decoded."""
    from flowstyle.media.pyav import av

    refuse_encrypted(path)
    packets = 0
    decoder = decoder_of(stream)
    sized = (packet for packet in container.demux(stream) if packet.size)
    try:
        for packet in chain(sized, (None,)):  # None drains the decoder
            packets += packet is not None
            try:
                frames = decoder.decode(packet)
            except av.error.InvalidDataError:
                continue  # damaged: the reader says where
            if frames:
                return frames[0]
    except av.error.FFmpegError as error:
        raise VideoError(
            f"the video cannot be decoded: {error.strerror}", path, "check that it plays"
        ) from error
    if not packets:
        raise VideoError("the video has no frames", path, "the recording may have been cut short")
    raise VideoError(
        "no frame of the video can be decoded", path, "the file is damaged, or larger than declared"
    )
