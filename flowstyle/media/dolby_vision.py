"""Dolby Vision without a picture for others: its colours are its own, and its tags say nothing.

Most profiles hold HDR10, HLG or SDR, tagged as such, and beside it what Dolby's decoders make of
that. Profile 5, and 10 (AV1) where nothing compatible is declared, hold ICtCp-like values that only
Dolby's data turn into colours. Read as ordinary video they are green and purple.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from flowstyle.core.errors import VideoError
from flowstyle.media.described import described

if TYPE_CHECKING:
    from av.container import InputContainer

_RECORD = re.compile(
    r"^ *DOVI configuration record:.*\bprofile: (\d+)\b.*\bcompatibility id: (\d+)", re.IGNORECASE
)
_OF_THEIR_OWN = ("5", "10")
"""Profiles that hold no picture for others where their compatibility is 0.

Others are not judged by that number: records older than it say 0 of what is HDR10 or SDR.
"""
_MAP = (
    "map it to SDR first, with an FFmpeg that has libplacebo, and a GPU with Vulkan: "
    'ffmpeg -i CLIP -vf "libplacebo=colorspace=bt709:color_primaries=bt709:color_trc=bt709:'
    'range=tv:format=yuv420p" -c:v libx264 -crf 12 -c:a copy SDR.mp4'
)


def refuse_own_colours(path: Path, container: InputContainer, index: int) -> None:
    """Refuse Dolby Vision whose samples are no ordinary colours.

    MP4, MOV, Matroska and TS tell it in a record of the stream; a bare stream does not.

    Args:
        path: of the clip.
        container: the clip, open.
        index: of the video stream.

    Raises:
        VideoError: they are not.
    """
    for line in described(container, index):
        record = _RECORD.match(line)
        if record and record[1] in _OF_THEIR_OWN and record[2] == "0":
            raise VideoError(
                f"this is a Dolby Vision clip of profile {record[1]}, which is not read: "
                "it holds no HDR10, HLG or SDR picture",
                path,
                _MAP,
            )
