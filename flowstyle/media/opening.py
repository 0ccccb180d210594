"""Opens a video file so that nothing but that file is read.

A clip is data from a stranger. FFmpeg by itself follows playlists, reads `concat:` and network
addresses and expands `%03d` in names; here it gets an absolute path behind the ``file:`` protocol,
one protocol, and the short list of containers that hold nothing but their own samples.
"""

from __future__ import annotations

import re
from os import SEEK_CUR
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from flowstyle.core import disk
from flowstyle.core.errors import VideoError
from flowstyle.core.nearby import path_alone
from flowstyle.media.pyav_values import readable

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.error import FFmpegError
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

#: Containers that are opened. Playlists (hls, dash, concat), devices, filters and the formats that
#: render text are left out on purpose.
CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,gif,apng,"
    "mxf,nut,ivf,h264,hevc,av1,obu,m4v,dv,y4m,yuv4mpegpipe,wav,mp3,flac,aac"
)

#: More pixels than this in one picture are refused before anything is allocated: 16384×8192.
MAX_PIXELS = 16384 * 8192

_FARTHER = {"probesize": str(100_000_000), "analyzeduration": str(300_000_000)}
"""Bytes and microseconds in which streams are looked for that begin late."""
_NO_EDITS = {"advanced_editlist": "0"}
"""Of an edit list only where the stream begins."""

_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:(//|[^\\/]*[|:])|^(concat|subfile|data|pipe|fd):")


def refuse_address(path: Path | str) -> None:
    """Refuse network addresses and FFmpeg protocols where a file is expected.

    Args:
        path: what the user gave.

    Raises:
        VideoError: it is an address such as ``http://…`` or ``concat:a.mp4|b.mp4``.
    """
    # Path("http://a") has become "http:/a" already.
    text = str(path)
    looks = _ADDRESS.match(text) or re.match(r"^(https?|rtmps?|rtsps?|ftp|tcp|udp|file):/", text)
    if looks and disk.why_missing(Path(text)):
        raise VideoError(
            "addresses and protocols are not opened, only files",
            text,
            path_alone(text) or "download the clip first and give the file's path",
        )


def open_clip(path: Path, *, max_pixels: int = MAX_PIXELS) -> InputContainer:
    """Open a video file for reading.

    Args:
        path: an existing file.
        max_pixels: limit that the decoder itself enforces, for pictures that turn out larger
            than the container declares.

    Returns:
        The open container; close it.

    Raises:
        VideoError: it is not a video of a known container.
    """
    from flowstyle.media.pyav import av

    try:
        container = _opened(path)
        more = _needed(container)
        if more:
            container.close()
            container = _opened(path, more)
    except av.error.FFmpegError as error:
        reason = _reason(path, error)
        raise VideoError(
            f"the file is not a video that can be opened{reason}",
            path,
            "copy or download it again: without its index none of it can be read"
            if reason == NO_INDEX
            else "give an MP4, MOV, MKV, WebM, AVI, TS or GIF file that plays in a video player",
        ) from error
    for stream in container.streams.video:
        context = stream.codec_context
        if context is not None:  # None: FFmpeg has no decoder
            context.options = {**context.options, "max_pixels": str(max_pixels)}
    return container


def _opened(path: Path, options: dict[str, str] | None = None) -> InputContainer:
    """Open a file by the rules of this module."""
    from flowstyle.media.pyav import av, tag_options

    container: InputContainer = av.open(
        f"file:{path.resolve()}",
        mode="r",
        container_options={
            "protocol_whitelist": "file",
            "format_whitelist": CONTAINERS,
            **(options or {}),
        },
        **tag_options(),
    )
    return container


def _needed(container: InputContainer) -> dict[str, str]:
    """Options without which FFmpeg misses a part of a file that it has opened."""
    return (_FARTHER if _is_wanting(container) else {}) | (_NO_EDITS if _hides(container) else {})


def leaves_edits_aside(container: InputContainer) -> bool:
    """Whether a file is read without its edit lists, which would leave nothing of the picture.

    Args:
        container: from :func:`open_clip`.
    """
    return _NO_EDITS.items() <= container.container_options.items()


def _hides(container: InputContainer) -> bool:
    """Whether the edit list of an MP4 or MOV leaves nothing of the picture.

    Its edits last for no time: in files of fragments that means "to the end", and some programs
    write it in others, which players read in the same way.
    """
    if "mov" not in container.format.name.split(","):
        return False
    held = [stream for stream in container.streams.video if stream.frames > 0]
    return bool(held) and all(e.is_discard for stream in held for e in stream.index_entries)


def _is_wanting(container: InputContainer) -> bool:
    """Whether something begins behind what FFmpeg has looked at: 5 MB, some seconds.

    A transport stream names what will come, without sizes and rates. A program stream, such as a
    DVD's, names nothing: there a stream is known by its first packet.
    """
    pictures = [s.codec_context for s in container.streams.video if s.codec_context is not None]
    sounds = [s.codec_context for s in container.streams.audio if s.codec_context is not None]
    unknown = any(not one.width for one in pictures) or any(not one.sample_rate for one in sounds)
    return unknown or ("mpeg" in container.format.name.split(",") and not (pictures and sounds))


LARGEST_INDEX = 1 << 28
"""Bytes of an index that are read; that of a clip of ten hours has some twenty million."""
NO_INDEX = ": the index (moov) is missing or broken, so the recording or copy was cut short"


def _reason(path: Path, error: FFmpegError) -> str:
    """Say more than FFmpeg does, from the first bytes of the file."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as problem:
        return f": {problem.strerror}"
    if not head:
        return ": it is empty"
    if head.lstrip().startswith((b"#EXTM3U", b"ffconcat", b"<?xml", b"[playlist]", b"# ffconcat")):
        return ": it is a playlist, and playlists are not followed"
    if head[4:8] == b"ftyp" or head[4:8] in (b"mdat", b"moov"):
        return NO_INDEX
    if head.lstrip()[:1] == b"<":
        return ": it is a web page or XML"
    return f": {error.strerror}" if error.strerror else ""


def refuse_encrypted(path: Path) -> None:
    """Refuse an MP4 or MOV whose samples are encrypted (``encv``: ISO/IEC 14496-12, 8.12).

    Decoders mostly refuse such samples, and now and then make a picture of them.

    Args:
        path: of a clip.

    Raises:
        VideoError: it is encrypted.
    """
    try:
        with path.open("rb") as file:
            index = _index_of(file)
    except OSError:
        return
    at = index.find(b"encv")
    if at >= 0 and index.find(b"sinf", at, at + 4096) >= 0:
        raise VideoError("the video is encrypted", path, "give a copy without protection")


def _index_of(file: BinaryIO) -> bytes:
    """The ``moov`` box of an MP4 or MOV; empty where there is none."""
    if file.read(8)[4:] != b"ftyp":
        return b""
    file.seek(0)
    while len(header := file.read(8)) == 8:
        size, read = int.from_bytes(header[:4], "big"), 8
        if size == 1:  # a long one, whose size follows
            size, read = int.from_bytes(file.read(8), "big"), 16
        if header[4:] == b"moov":
            return file.read(max(0, min(size - read, LARGEST_INDEX)))
        if size < read:  # to the end of the file, or damaged
            return b""
        file.seek(size - read, SEEK_CUR)
    return b""


def decoder_of(stream: VideoStream) -> VideoCodecContext:
    """The decoder of a stream: FFmpeg's own, or one that knows the alpha channel of WebM.

    Args:
        stream: a video stream.

    Returns:
        A decoder, set to the same limits as the stream's own.
    """
    from flowstyle.media.pyav import av

    own = stream.codec_context
    name = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(own.codec.canonical_name)
    if not _tells_alpha(stream) or name not in av.codecs_available:
        return own
    decoder = cast("VideoCodecContext", av.CodecContext.create(name, "r"))
    decoder.extradata = own.extradata
    decoder.options = own.options
    return decoder


def _tells_alpha(stream: VideoStream) -> bool:
    """Whether a WebM tells of an alpha channel: its header as ``alpha_mode``, a tag in capitals."""
    tags = {key.lower(): value for key, value in readable(stream.metadata).items()}
    return tags.get("alpha_mode") == "1"
