"""PyAV, set up: every module takes it from here, when it needs it.

    from flowstyle.media.pyav import av

It is imported after OpenCV. Both bundle the same native libraries; in the other order some builds
crash while loading. FFmpeg's own messages are silenced: every failure is raised instead.
"""

from __future__ import annotations

import logging

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

__all__ = ["av"]
