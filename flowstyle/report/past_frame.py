"""``flowstyle debug``: the debug sheet of any frame of a render, from what its work folder keeps.

The flow is estimated anew, in the way of the render; nothing in the folder is changed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from flowstyle.core import disk
from flowstyle.core.device import find_device
from flowstyle.core.errors import FlowstyleError, StorageError, UsageError
from flowstyle.core.events import Decision, Report, ignore
from flowstyle.core.images import to_tensor
from flowstyle.core.nearby import advice_for
from flowstyle.flow.colours import radius_of
from flowstyle.flow.estimate import both_ways
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import Pair
from flowstyle.flow.registry import FLOW_METHODS, make_flow
from flowstyle.media.output import work_folder
from flowstyle.media.picture_folder import resize_picture
from flowstyle.media.shots import LOOK_AHEAD, CutDetector
from flowstyle.report.debug_pictures import painting_of
from flowstyle.report.html.work import record_in
from flowstyle.report.layout import Picture
from flowstyle.report.sheets import Motion, flow_sheet
from flowstyle.settings import Settings
from flowstyle.storage import png
from flowstyle.storage.archive import kept_fingerprint
from flowstyle.storage.ledger import frame_name
from flowstyle.storage.sources import SOURCE
from flowstyle.temporal.coarse import bringing
from flowstyle.temporal.frames import RESULT
from flowstyle.temporal.pulls import Pull

AROUND = 24
"""Frames before and after, of the same shot, whose motion sets the wheel's radius."""
SMALL = 192
"""Width at which it is measured."""
SMALLEST_RADIUS = 1.0


@dataclass(frozen=True)
class PastRender:
    """A work folder that is looked at and left as it is.

    Args:
        folder: its path.
        settings: of the render.
        flow: name of the flow method.
        pixel_shape: width of a pixel over its height.
    """

    folder: Path
    settings: Settings
    flow: str
    pixel_shape: float

    @classmethod
    def at(cls, path: Path) -> PastRender:
        """The render whose work folder, or whose result, lies there.

        Raises:
            UsageError: there is none.
        """
        folder = path if (path / "settings.json").is_file() else work_folder(path)
        kept = kept_fingerprint(folder) if folder.is_dir() else None
        if kept is None:
            advice = "give OUT.flowstyle, which lies beside the result OUT"
            if disk.why_missing(path):
                advice = advice_for(path, advice)
            raise UsageError("there is no work folder of a render", path, advice)
        known: dict[str, Any] = {
            name: value for name, value in kept["settings"].items() if name in Settings.model_fields
        }
        dial = known.pop("stability", None)  # whose values are among the others
        settings = Settings.from_preset("default").changed(**known)
        settings = settings.model_copy(update={"stability": dial})
        shape = 1.0
        with suppress(FlowstyleError):  # nothing was noted, or by another version
            shape = record_in(folder).pixel_shape
        return cls(folder, settings, str(kept["flow"]["name"]), shape)

    def source(self, index: int) -> Tensor:
        """A frame of the clip, 1×3×H×W, counted from the render's first."""
        return to_tensor(self.picture(SOURCE, index))

    def painted(self, index: int) -> Tensor:
        """A frame of the result, 1×3×H×W."""
        return to_tensor(self.picture(RESULT, index))

    def has(self, kind: str, index: int) -> bool:
        """Whether a frame is there."""
        return index >= 0 and (self.folder / frame_name(kind, index)).is_file()

    def picture(self, kind: str, index: int) -> Any:
        """A frame as it was kept, H×W×3.

        Raises:
            StorageError: it cannot be read.
        """
        path = self.folder / frame_name(kind, index)
        try:
            return png.decode(path.read_bytes())
        except (OSError, ValueError) as error:
            raise StorageError(
                "a finished frame cannot be read", path, "the command of the render makes it anew"
            ) from error

    def painted_ones(self) -> str:
        """Which frames there are, as the clip counts."""
        names = [path.stem for path in (self.folder / RESULT).glob("*.png")]
        numbers = sorted(int(name) for name in names if name.isdecimal())
        if not numbers:
            return "none is painted yet"
        start = self.settings.start_frame
        return f"frames {start + numbers[0]} to {start + numbers[-1]} are painted"


def past_sheet(
    path: Path, frame: int, *, radius: float | None = None, report: Report = ignore
) -> Picture:
    """The debug sheet of a frame.

    Args:
        path: the work folder of a render, or its result.
        frame: as the clip counts.
        radius: of the wheel, in pixels; None measures the motion around the frame.
        report: told what the wheel's radius is.

    Returns:
        H×W×3 RGB.

    Raises:
        UsageError: there is no render, or it has not painted that frame.
        StorageError: a frame cannot be read.
    """
    render = PastRender.at(path)
    index = frame - render.settings.start_frame
    if not (render.has(SOURCE, index) and render.has(RESULT, index)):
        raise UsageError(
            f"frame {frame} is not painted there", render.folder, render.painted_ones()
        )
    if radius is not None and not radius > 0:
        raise UsageError(f"a radius of {radius:g} is not above 0", "--radius", "in pixels, e.g. 8")
    small, first = _around(render, index)
    radius = radius or _radius(small, render.source(index).shape[-1])
    report(Decision("wheel", f"its rim stands for {radius:.3g} px of motion"))
    current, image = render.source(index), render.painted(index)
    near = None
    if index > first and render.has(RESULT, index - 1):
        near = _pulled(render, index, current)
    motion = None
    if near is not None and near.origin is not None:
        motion = Motion(render.source(index - 1), near.origin.flow, near.origin.masks)
    return flow_sheet(
        current,
        motion,
        radius,
        title=f"frame {frame}",
        painting=painting_of(image, near),
        pixel_shape=render.pixel_shape,
    )


def _pulled(render: PastRender, index: int, current: Tensor) -> Pull:
    """The frame before, brought onto the frame as the render brings it."""
    settings, start = render.settings, render.settings.start_frame
    name = render.flow.split()[0]
    known = name if name in FLOW_METHODS.names() else "auto"
    method = make_flow(known, find_device("auto"), settings.flow_quality)
    before = render.source(index - 1)
    pair = Pair(*both_ways(method, current, before, (start + index, start + index - 1)))
    before_painted = render.painted(index - 1)
    return bringing(settings)(pair, current, before, before_painted, settings, index=index - 1)


def _around(render: PastRender, index: int) -> tuple[list[Tensor], int]:
    """Small frames of the shot around a frame, and the shot's first frame as far as is seen."""
    detector, cuts = CutDetector(), []
    start = max(0, index - AROUND)
    pictures: list[Tensor] = []
    for place in range(start, index + max(AROUND, LOOK_AHEAD) + 1):
        if not render.has(SOURCE, place):
            break
        image = render.picture(SOURCE, place)
        height = max(16, round(SMALL * image.shape[0] / image.shape[1]))
        cuts += detector.push(place, image)
        pictures.append(to_tensor(resize_picture(image, (SMALL, height))))
    cuts += detector.flush()
    first = max([cut for cut in cuts if cut <= index], default=start - 1 if start else 0)
    end = min([cut for cut in cuts if cut > index], default=start + len(pictures))
    return pictures[max(0, first - start) : min(end, index + AROUND + 1) - start], first


def _radius(small: list[Tensor], width: int) -> float:
    """Of the wheel: the longest motion between neighbours, at the render's width."""
    method = DisFlow("draft")
    found = [radius_of(np.asarray(method(after, before)[0])) for before, after in pairwise(small)]
    return max([SMALLEST_RADIUS, *(width / SMALL * one for one in found)])
