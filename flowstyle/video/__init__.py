"""Clips in and out: probing, reading with exact times, writing with audio and colour tags."""

from flowstyle.video.output import check_output
from flowstyle.video.probe import probe
from flowstyle.video.reader import read_frames
from flowstyle.video.verify import verify_clip
from flowstyle.video.writer import ClipWriter, open_writer

__all__ = ["ClipWriter", "check_output", "open_writer", "probe", "read_frames", "verify_clip"]
