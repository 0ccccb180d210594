"""What a preview is asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flowstyle.render.estimate import Estimate
from flowstyle.render.preview.moments import Moment
from flowstyle.render.style_pictures import StyleLike
from flowstyle.settings import Settings

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Look:
    """One way to render a clip.

    Args:
        label: a few words that tell it from others.
        styles: pictures; several are blended.
        settings: of the render.
        blend: weight of each style; None weighs them alike.
    """

    label: str
    styles: Sequence[StyleLike]
    settings: Settings
    blend: Sequence[float] | None = None


@dataclass(frozen=True, eq=False)
class LookPreview:
    """A look, painted small.

    Args:
        label: of the look.
        stills: H×W×3 RGB, one for each moment.
        moving: frames in a row, around or from that of most motion on.
        estimate: what the full render will take.
    """

    label: str
    stills: tuple[Picture, ...]
    moving: tuple[Picture, ...]
    estimate: Estimate


@dataclass(frozen=True, eq=False)
class Preview:
    """A clip's looks beside each other, and what the full renders will take.

    Args:
        clip: its path.
        size: (width, height) of the painted frames.
        full: (width, height) of the render.
        pixel_shape: width of a pixel over its height, in clip and render.
        rate: frames a second of the moving piece.
        moments: what the stills show.
        sources: the clip itself at these moments.
        moving: the clip itself in the moving piece.
        looks: as they were asked for.
        differs: sentences on how the full render differs from what is seen here.
        seconds: that it took.
    """

    clip: Path
    size: tuple[int, int]
    full: tuple[int, int]
    pixel_shape: float
    rate: Fraction
    moments: tuple[Moment, ...]
    sources: tuple[Picture, ...]
    moving: tuple[Picture, ...]
    looks: tuple[LookPreview, ...]
    differs: tuple[str, ...]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """All but the pictures, as JSON types."""
        return {
            "clip": str(self.clip),
            "size": list(self.size),
            "full_size": list(self.full),
            "moments": [vars(moment) for moment in self.moments],
            "moving_frames": len(self.moving),
            "looks": [
                {"label": look.label, "estimate": look.estimate.as_dict()} for look in self.looks
            ],
            "differs": list(self.differs),
            "seconds": round(self.seconds, 2),
        }
