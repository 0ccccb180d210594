"""Clips and pictures in and out: probing, reading with exact times, writing, cuts between shots.

No torch here, and nothing of style or flow.
"""

from flowstyle.media.clip_writer import ClipWriter, open_writer
from flowstyle.media.output import check_output
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.media.verify import verify_clip

__all__ = ["ClipWriter", "check_output", "open_writer", "probe", "read_frames", "verify_clip"]
