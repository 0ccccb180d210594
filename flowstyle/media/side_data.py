"""What a decoded frame tells beside its picture, also where FFmpeg knows more kinds than PyAV.

``frame.side_data`` of PyAV 18 raises a ``ValueError`` for the whole frame if one entry is of a kind
that PyAV does not name, such as the EXIF tags in frames of MJPEG, PNG and TIFF
(PyAV-Org/PyAV#2392). From such a frame FFmpeg's own filter takes those entries away; the rest is
read as ever, the display matrix that FFmpeg makes of EXIF's orientation among it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from av.sidedata.sidedata import SideDataContainer
    from av.video.frame import VideoFrame

_KINDS = 64
"""FFmpeg 8 numbers its kinds to 34; a filter that finds nothing to take away costs next to none."""


def side_data(frame: VideoFrame) -> dict[str, bytes]:
    """The entries of a frame's side data that PyAV can name.

    Args:
        frame: a decoded frame; it stays as it is.

    Returns:
        Contents by FFmpeg's name, such as ``DISPLAYMATRIX``.
    """
    try:
        found = cast("SideDataContainer", frame.side_data)
    except ValueError:  # an entry of a kind without a name
        found = cast("SideDataContainer", _with_named_alone(frame).side_data)
    entries = [found[k] for k in range(len(found))]
    return {entry.type.name: bytes(entry) for entry in entries}


def _with_named_alone(frame: VideoFrame) -> VideoFrame:
    """The same picture without the entries that PyAV has no name for."""
    from av.sidedata.sidedata import Type

    from flowstyle.media.pyav import av

    graph = av.filter.Graph()
    last = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1, 25),
    )
    named = {int(cast("int", kind.value)) for kind in Type}
    for number in sorted(set(range(_KINDS)) - named):
        taken = graph.add("sidedata", f"mode=delete:type={number}")
        last.link_to(taken)
        last = taken
    last.link_to(graph.add("buffersink"))
    graph.configure()
    graph.push(frame)
    return graph.vpull()
