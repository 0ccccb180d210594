"""PyAV, set up: every module takes it from here, when it needs it.

    from flowstyle.media.pyav import av

It is imported after OpenCV. Both bundle the same native libraries; in the other order some builds
crash while loading. FFmpeg's own messages are silenced: every failure is raised instead.
"""

from __future__ import annotations

import logging
from typing import Any

import cv2  # noqa: F401

# isort: split
import av as av
import av.container
import av.error
import av.filter
import av.logging
import av.stream

av.logging.set_level(None)
logging.getLogger("libav").setLevel(logging.CRITICAL)

__all__ = ["av", "tag_options"]


def tag_options() -> dict[str, Any]:
    """What ``av.open`` is given so that a tag in another encoding than UTF-8 does not end it.

    From release 19 on PyAV reads such tags by itself and refuses the option.
    """
    return {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
