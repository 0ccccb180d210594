"""Writes a clip: exact times, colour converted and tagged, audio, complete or not at all."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from flowstyle.core.errors import OutputError
from flowstyle.core.events import Notice, Report, ignore
from flowstyle.core.types import ClipInfo, ColourTags, Frame
from flowstyle.media.animation import AnimationWriter
from flowstyle.media.carried import Carried, plan_carried
from flowstyle.media.colour import BT709_TAGS, RGB, Picture, from_rgb, output_tags
from flowstyle.media.containers import ISO, movie_clock, muxer_options
from flowstyle.media.declared import Declared, declared_for
from flowstyle.media.encoders import (
    ANIMATIONS,
    CODECS,
    codec_for,
    encoder_options,
    pixel_format_for,
)
from flowstyle.media.even import EvenWriter, evened, holds_even
from flowstyle.media.extras import write_extras
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.media.largest import check_frame_size
from flowstyle.media.output import (
    check_output,
    discard,
    is_pictures,
    partial_name,
    publish,
    storage_errors,
)
from flowstyle.media.picture_writer import PictureWriter
from flowstyle.media.pyav_values import exact
from flowstyle.media.side_streams import SideStreams
from flowstyle.media.sound_plan import Sound
from flowstyle.media.square import SquareWriter, tells_no_shape
from flowstyle.media.verify import verify_clip

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

Audio = Literal["all", "window", "none"]


def open_writer(
    path: Path,
    info: ClipInfo,
    *,
    codec: str | None = None,
    pixel_format: str | None = None,
    quality: int | None = None,
    audio: Audio = "all",
    carried: Carried | None = None,
    first: int = 1,
    overwrite: bool = False,
    report: Report = ignore,
) -> FrameWriter:
    """Open the writer that an output's name asks for.

    Args:
        path: a video file, a ``.gif`` or animated ``.webp``, a pattern such as ``out/%06d.png``,
            or a folder.
        info: the source, whose times, colour tags and audio the result keeps; see
            :mod:`flowstyle.media.even` for times that its file has rounded.
        codec: see :class:`ClipWriter`.
        pixel_format: see :class:`ClipWriter`.
        quality: see :class:`ClipWriter`.
        audio: see :class:`ClipWriter`.
        carried: see :class:`ClipWriter`; None decides it here, and says what is not kept.
        first: number of the first picture, where the output is a row of pictures.
        overwrite: replace an existing output at the end.
        report: told what the output cannot keep.

    Returns:
        A context manager; leaving it publishes the output.

    Raises:
        OutputError: the output cannot be written there or under that name.
        UsageError: see :func:`check_output`.
        StorageError: the disk is full or broken.
    """
    check_output(path, codec=codec, overwrite=overwrite, pixel_format=pixel_format, quality=quality)
    if carried is None:
        carried = plan_carried(info, path, Sound.NONE if audio == "none" else Sound.AUTO)
        carried.tell_changes(report)
    aspect = info.sample_aspect
    square = replace(info, sample_aspect=Fraction(1)) if tells_no_shape(path) else info
    writer: FrameWriter
    if is_pictures(path):
        writer = PictureWriter(path, first=first, overwrite=overwrite)
    elif path.suffix.lower() in ANIMATIONS:
        writer = AnimationWriter(path, info, report=report)
    else:
        even = holds_even(info, path)
        writer = ClipWriter(
            path,
            evened(square) if even else square,
            codec=codec,
            pixel_format=pixel_format,
            quality=quality,
            audio=audio,
            carried=carried,
            report=report,
        )
        writer = EvenWriter(writer, info) if even else writer
    return SquareWriter(writer, aspect) if square.sample_aspect != aspect else writer


class ClipWriter(FrameWriter):
    """Writes a video file.

    The file grows under a temporary name in the same folder; :meth:`finish` decodes it back,
    counts its frames and renames it. Until then, and after :meth:`abort`, the output path is as it
    was.

    Args:
        path: the output; its suffix chooses the container.
        info: the source. Its time base, time stamps, colour tags, pixel shape and audio are kept;
            what it does not tag is written, and tagged, as BT.709.
        codec: "h264", "hevc", "av1", "vp9", "prores", "ffv1", or None for the suffix's usual one.
        pixel_format: FFmpeg's name; None for yuv420p, or 10 bits where the source has more than 8
            and the codec is neither H.264 nor lossless.
        quality: constant rate factor, lower is better; None for visually lossless.
        audio: "all" takes all sound and subtitles; "window" those of the frames written; "none"
            leaves them.
        carried: what is taken over beside the pictures.
        report: told what the output cannot keep.

    Raises:
        OutputError: the container does not hold the codec.
        UsageError: unknown codec, pixel format or quality.
    """

    def __init__(
        self,
        path: Path,
        info: ClipInfo,
        *,
        codec: str | None = None,
        pixel_format: str | None = None,
        quality: int | None = None,
        audio: Audio = "all",
        carried: Carried | None = None,
        report: Report = ignore,
    ) -> None:
        self.path = path
        self.frames = 0
        self._info = info
        self._codec = codec_for(path, codec)
        self._wanted, self._quality = pixel_format, quality
        self._audio = audio
        self._carried = carried or Carried()
        self._report = report
        self._partial = partial_name(path)
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._tracks: SideStreams | None = None
        self._tags: ColourTags = BT709_TAGS
        self._format = ""
        self._shift = 0
        self._shape: tuple[int, ...] = ()
        self._declared: Declared | None = None
        self._end = 0
        self._times: dict[int, int] = {}  # pts → duration of frames inside the encoder
        # The newest packet, which may turn out to be the last one and then gets another duration.
        self._held: Packet[VideoStream] | None = None
        self._lead = 0  # first pts − first dts
        self._written: list[int] = []  # pts in the result

    def write(self, frame: Frame) -> None:
        """Encode one frame.

        Args:
            frame: in the order shown, with rising ``pts``; all of the first one's size and type.

        Raises:
            StorageError: the disk is full.
            OutputError: the frame does not fit the ones before, or encoding failed.
        """
        picture = frame.image
        if frame.alpha is not None and CODECS[self._codec].formats[2]:
            picture = cast("Picture", np.dstack([picture, frame.alpha]))
        with storage_errors(self.path):
            if self._container is None:
                self._start(frame, picture)
            if picture.shape != self._shape or (self._written and frame.pts <= self._last_pts):
                raise OutputError(
                    f"frame {frame.index} does not fit the frames before it: "
                    f"{picture.shape} after {self._shape}, pts {frame.pts}",
                    self.path,
                )
            self._encode(frame, picture)

    @property
    def _last_pts(self) -> int:
        return self._written[-1] + self._shift

    def _start(self, frame: Frame, picture: Picture) -> None:
        """Open the container, now that size, depth and first time are known."""
        from flowstyle.media.pyav import av

        info = self._info
        self._shape = picture.shape
        self._format = pixel_format_for(
            self._codec,
            self._wanted,
            info,
            deep=picture.dtype == np.uint16,
            alpha=picture.shape[2] == 4,
        )
        self._tags = output_tags(info)
        # A result that begins in the middle of a clip gets the start time of the whole clip.
        self._shift = frame.pts - info.start_pts
        # Edit lists hold the offset between picture and sound; their usual clock would round it.
        options = muxer_options(self.path, movie_clock(info.time_base))
        container = av.open(f"file:{self._partial.absolute()}", mode="w", container_options=options)
        self._container = container
        self._stream = self._add_stream(container, picture)
        self._carry(container, self._stream, frame)
        self._declare(self._stream)
        container.start_encoding()

    def _declare(self, stream: VideoStream) -> None:
        """Make room for what the muxer cannot be told."""
        carried = self._carried
        self._declared = declared_for(
            self.path,
            self._codec,
            (stream.width, stream.height),
            self._info.sample_aspect,
            all_round=carried.all_round,
            title=carried.extras.picture_tags.get("title", ""),
        )
        if self._declared is not None:
            stream.metadata["title"] = self._declared.title

    def _carry(self, container: OutputContainer, stream: VideoStream, frame: Frame) -> None:
        """Take over what goes beside the pictures, from the first frame on."""
        carried, info = self._carried, self._info
        begin = frame.pts * info.time_base if self._shift else None
        shift = self._shift * info.time_base
        end = None
        if carried.length is not None:
            end = frame.pts * info.time_base + carried.length
        extras = carried.extras.from_frame(frame.index, info.rate).between(begin, end)
        write_extras(extras, container, stream, shift)
        if self._audio != "none" and carried.has_streams:
            self._tracks = SideStreams(
                info,
                carried.sound,
                carried.copied,
                carried.texts,
                container,
                suffix=self.path.suffix.lower(),
                begin=begin,
                end=end,
                shift=shift,
                report=self._report,
            )

    def _add_stream(self, container: OutputContainer, picture: Picture) -> VideoStream:
        from flowstyle.media.pyav import av

        info, choice = self._info, CODECS[self._codec]
        stream = container.add_stream(
            cast("Literal['libx264']", choice.encoder),  # so that PyAV's types say: of video
            rate=info.rate.limit_denominator(65535),
            options=encoder_options(self._codec, self._quality, self._format),
        )
        height, width = picture.shape[:2]
        check_frame_size(self.path, (width, height), codec=self._codec, pixel_format=self._format)
        even_width, even_height = self._even(width, height)
        if (even_width, even_height) != (width, height):
            self._report(
                Notice(
                    f"{self._codec} in {self._format} needs even sides: the last row or column is "
                    f"repeated, {width}×{height} becomes {even_width}×{even_height}"
                )
            )
        stream.width, stream.height = even_width, even_height
        stream.pix_fmt = self._format
        context = stream.codec_context
        # Both: the encoder keeps exact times of uneven frame rates only by its own time base.
        context.time_base = info.time_base
        stream.time_base = info.time_base
        context.sample_aspect_ratio = info.sample_aspect
        is_rgb = av.VideoFormat(self._format).is_rgb
        context.colorspace = RGB if is_rgb else self._tags.matrix
        context.color_primaries = self._tags.primaries
        context.color_trc = self._tags.transfer
        context.color_range = 2 if is_rgb or self._tags.full_range else 1
        if self._codec == "hevc" and self.path.suffix.lower() != ".mkv":
            context.codec_tag = "hvc1"  # the name that Apple's players know
        return stream

    def _even(self, width: int, height: int) -> tuple[int, int]:
        """The size that the encoder takes: even where the chroma is subsampled."""
        from flowstyle.media.pyav import av

        if not CODECS[self._codec].even:
            return width, height
        target = av.VideoFormat(self._format, 8, 8)
        # Half as many chroma samples as luma samples mean pairs of pixels.
        wide = width + width % 2 if target.chroma_width() < 8 else width
        high = height + height % 2 if target.chroma_height() < 8 else height
        return wide, high

    def _encode(self, frame: Frame, picture: Picture) -> None:
        stream = self._stream
        if stream is None:
            return
        down = stream.height - picture.shape[0]
        right = stream.width - picture.shape[1]
        if down or right:
            picture = cast("Picture", np.pad(picture, ((0, down), (0, right), (0, 0)), mode="edge"))
        coded = from_rgb(picture, self._format, self._tags)
        coded.pts = frame.pts - self._shift
        coded.time_base = self._info.time_base
        self._times[coded.pts] = frame.duration
        self._written.append(coded.pts)
        self._end = frame.pts + frame.duration
        self.frames += 1
        self._mux(stream.encode(coded))
        if self._tracks is not None:
            self._tracks.advance(frame.pts * self._info.time_base)

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        """Write packets with the durations of their frames, all but the newest."""
        for packet in packets:
            if packet.pts in self._times:
                # A muxer puts a guess in the place of a duration that its clock rounds to none.
                tick = exact(packet.stream.time_base) or self._info.time_base
                shortest = math.ceil(tick / self._info.time_base)
                packet.duration = max(self._times.pop(packet.pts), shortest)
            if self._held is None and packet.pts is not None and packet.dts is not None:
                self._lead = packet.pts - packet.dts
            elif self._held is not None and self._container is not None:
                self._container.mux(self._held)
            self._held = packet

    def _mux_last(self) -> None:
        """Write the newest packet.

        MP4 stores no end: it is the decoding time of the last packet and that one's duration. With
        B-frames the last packet is not the last frame, so its duration is what is left to the end.
        """
        packet = self._held
        if packet is None or self._container is None:
            return
        if packet.dts is not None and self._lead and self.path.suffix.lower() in ISO:
            packet.duration = self._end - self._shift - packet.dts - self._lead
        self._container.mux(packet)
        self._held = None

    def finish(self) -> None:
        """Complete the file, decode it back, count its frames, and rename it.

        Raises:
            OutputError: no frame was written.
            StorageError: the disk is full, or the file does not hold what was written.
        """
        if self._container is None or self._stream is None:
            raise OutputError("no frame was written", self.path)
        with storage_errors(self.path):
            self._mux(self._stream.encode(None))
            self._mux_last()
            if self._tracks is not None:
                end = self._end * self._info.time_base
                self._tracks.finish(None if self._audio == "all" else end)
            self._container.close()
            self._container = None
            if self._declared is not None and not self._declared.put(self._partial):
                self._report(Notice(f"{self.path.name} does not tell {self._declared.what}"))
        times = [pts * self._info.time_base for pts in self._written]
        verify_clip(self._partial, self.frames, times)
        publish(self._partial, self.path)

    def abort(self) -> None:
        """Remove the temporary file; the output path stays as it was."""
        from flowstyle.media.pyav import av

        if self._tracks is not None:
            self._tracks.close()
        if self._container is not None:
            with suppress(OSError, av.error.FFmpegError):  # the file is thrown away
                self._container.close()
        self._container = None
        discard(self._partial)
