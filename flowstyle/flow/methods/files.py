"""Flow files: Middlebury ``.flo``, KITTI 16-bit PNG, and a folder of them as a source of flow.

A folder's files are named as the reference systems name them, frames counted from 1:
``forward_1_2.flo`` and ``backward_2_1.flo``. The first number is the TARGET frame, on whose pixels
the vectors stand, the second the SOURCE frame that they point into; ``forward`` where the source
comes later, ``backward`` where it comes earlier. (Found by warping: with this reading the mean
difference of the reference's frames 1 and 2 is 2.8/255, with the other one 8.7.) So the flow of
target index t and source index s, counted from 0, is ``…_{t+1}_{s+1}.flo``.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.errors import LimitError, VideoError
from flowstyle.core.files import sha256_file, write_atomic
from flowstyle.flow.protocol import FramePair, Reach
from flowstyle.flow.warp import compose, in_frame, resize_flow

MAGIC = b"PIEH"
"""The first bytes of a .flo file: the float 202021.25, little-endian."""
UNKNOWN = 1e9
"""Middlebury's rule: components above this, and NaN, mean that the vector is unknown."""
MAX_PIXELS = 8192 * 8192

FlowArray = NDArray[np.float32]
Valid = NDArray[np.bool_]


def read_flow(path: Path) -> tuple[FlowArray, Valid]:
    """Read a flow file, its kind told by the suffix (``.flo`` or ``.png``).

    Returns:
        The flow, 2×H×W float32 in pixels, unknown vectors as zero; and H×W, True where known.

    Raises:
        VideoError: missing, truncated or not a flow file.
        LimitError: larger than 8192×8192.
    """
    return read_kitti(path) if path.suffix.lower() == ".png" else read_flo(path)


def read_flo(path: Path) -> tuple[FlowArray, Valid]:
    """Read Middlebury's format: magic, width, height, then (x, y) interleaved, row by row.

    Nothing is allocated before the size that the header claims matches the size of the file.

    Returns:
        The flow, 2×H×W float32 in pixels, unknown vectors as zero; and H×W, True where known.

    Raises:
        VideoError: missing, truncated or not a flow file.
        LimitError: larger than 8192×8192.
    """
    advice = "write the flow again as a Middlebury .flo file"
    try:
        with path.open("rb") as file:
            header = file.read(12)
            if header[:4] != MAGIC or len(header) < 12:
                raise VideoError("not a .flo file: it does not begin with PIEH", path, advice)
            width, height = (int(n) for n in np.frombuffer(header, "<i4", 2, 4))
            _check_size(width, height, path)
            expected = 12 + 8 * width * height
            actual = path.stat().st_size
            if actual != expected:
                raise VideoError(
                    f"the .flo file is damaged: {width}×{height} vectors take {expected} bytes, "
                    f"it has {actual}",
                    path,
                    advice,
                )
            data = np.frombuffer(file.read(expected - 12), "<f4")
    except OSError as error:
        raise _unreadable(path, error) from error
    flow = data.reshape(height, width, 2).transpose(2, 0, 1).astype(np.float32)
    with np.errstate(invalid="ignore"):
        valid = np.asarray((np.abs(flow) <= UNKNOWN).all(axis=0))
    flow[:, ~valid] = 0.0
    return np.ascontiguousarray(flow), valid


def write_flo(path: Path, flow: FlowArray) -> None:
    """Write Middlebury's format.

    Args:
        path: where to.
        flow: 2×H×W in pixels.

    Raises:
        OutputError: the file cannot be written there.
        StorageError: the disk is full or broken; an old file is untouched.
    """
    if flow.ndim != 3 or flow.shape[0] != 2:
        raise ValueError(f"a flow is 2×H×W, got {flow.shape}")
    height, width = flow.shape[1:]
    header = MAGIC + np.array([width, height], "<i4").tobytes()
    write_atomic(path, header + flow.transpose(1, 2, 0).astype("<f4").tobytes())


def read_kitti(path: Path) -> tuple[FlowArray, Valid]:
    """Read KITTI's format: 16-bit RGB PNG holding u·64 + 2¹⁵, v·64 + 2¹⁵ and validity.

    Returns:
        The flow, 2×H×W float32 in pixels, unknown vectors as zero; and H×W, True where known.

    Raises:
        VideoError: missing, damaged or not a 16-bit RGB PNG.
        LimitError: larger than 8192×8192.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    is_png = data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24
    if is_png:
        # Size from the IHDR chunk, before OpenCV allocates the picture.
        _check_size(int.from_bytes(data[16:20]), int.from_bytes(data[20:24]), path)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if is_png else None
    if picture is None or picture.dtype != np.uint16 or picture.ndim != 3 or picture.shape[2] != 3:
        raise VideoError(
            "not a KITTI flow picture (16-bit RGB PNG)", path, "give KITTI's format, or .flo files"
        )
    valid = picture[..., 0] > 0  # OpenCV hands the channels over as B, G, R
    flow = (picture[..., :0:-1].astype(np.float32) - 2**15) / 64.0
    flow[~valid] = 0.0
    return np.ascontiguousarray(flow.transpose(2, 0, 1)), valid


def write_kitti(path: Path, flow: FlowArray, valid: Valid | None = None) -> None:
    """Write KITTI's format; vectors are rounded to 1/64 px and clipped to ±512 px.

    Args:
        path: where to, ending in ``.png``.
        flow: 2×H×W in pixels.
        valid: H×W, True where the vector is known; None for everywhere.

    Raises:
        OutputError: the file cannot be written there.
        StorageError: the disk is full or broken; an old file is untouched.
    """
    known = np.ones(flow.shape[1:], bool) if valid is None else valid
    coded = np.clip(np.rint(flow * 64.0 + 2**15), 0, 2**16 - 1).astype(np.uint16)
    picture = np.dstack([known.astype(np.uint16), coded[1], coded[0]])
    picture[~known] = 0
    write_atomic(path, cv2.imencode(".png", picture)[1].tobytes())


def flow_name(target: int, source: int) -> str:
    """File name, without suffix, of the flow between two frames counted from 0."""
    direction = "forward" if source > target else "backward"
    return f"{direction}_{target + 1}_{source + 1}"


class FolderFlow:
    """Serves flow from a folder of files; see the module's text for their names.

    Both directions of neighbouring frames must be there; the flow between others is chained from
    them where it has no file of its own.

    Args:
        folder: holds ``forward_I_J.flo`` and ``backward_J_I.flo`` (or KITTI ``.png``).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = f"folder {folder.name}"
        self.reach: Reach = "files"
        self.takes_start = False
        self.mended = False
        self.steadied = False

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names and contents of all files; where the folder lies does not count."""
        whole = hashlib.sha256()
        for path in sorted(path for path in self.folder.iterdir() if path.is_file()):
            line = f"{path.name} {sha256_file(path)}\n"
            whole.update(line.encode("utf-8", "surrogateescape"))  # the name may be no text
        return whole.hexdigest()

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        frames: FramePair | None = None,
        start: Tensor | None = None,
    ) -> Tensor:
        """Flow of the pair, resized to the target's size.

        See :class:`flowstyle.flow.protocol.FlowMethod`; ``start`` is not used.

        Raises:
            VideoError: the file is missing or damaged, has unknown vectors, or another shape of
                picture than the frames.
        """
        if frames is None:
            raise ValueError("flow from files needs the indices of the two frames")
        path = self._path(*frames)
        if path is None:
            return self._chained(target, source, frames)
        flow, valid = read_flow(path)
        if not valid.all():
            raise VideoError(
                f"{np.count_nonzero(~valid)} vectors of the flow are unknown",
                path,
                "give dense flow: every pixel of the target frame needs a vector",
            )
        height, width = target.shape[-2:]
        # A size rounded to whole or even pixels may miss the exact ratio by some pixels, no more.
        if abs(flow.shape[1] * width - flow.shape[2] * height) > 2 * (width + height):
            raise VideoError(
                f"the flow is {flow.shape[2]}×{flow.shape[1]}, another shape than the frames, "
                f"{width}×{height}",
                path,
                "give the flow of this clip",
            )
        tensor = torch.from_numpy(flow)[None].to(target.device)
        return resize_flow(tensor, (height, width))

    def _chained(self, target: Tensor, source: Tensor, frames: FramePair) -> Tensor:
        """The flow between frames farther apart, from the files of the pairs between them."""
        first, last = frames
        step = 1 if last > first else -1
        if last == first + step:
            raise self._missing(*frames)
        # From the far end on, so that no more than two flows are in memory.
        total = self(target, source, (last - step, last))
        for index in range(last - 2 * step, first - step, -step):
            near = self(target, source, (index, index + step))
            # What leaves the frame on the way stays outside, wherever the next vectors lead.
            total = torch.where(in_frame(near) > 0, compose(near, total), near)
        return total

    def _path(self, target: int, source: int) -> Path | None:
        """The file of a pair; None where there is none."""
        name = flow_name(target, source)
        for suffix in (".flo", ".png"):
            path = self.folder / (name + suffix)
            if path.is_file():
                return path
        return None

    def _missing(self, target: int, source: int) -> VideoError:
        name = flow_name(target, source)
        return VideoError(
            f"the flow of frame {target} into frame {source} is missing",
            self.folder / f"{name}.flo",
            "names count frames from 1, first the frame on whose pixels the vectors stand; the "
            "folder needs both directions of every pair, or use --flow dis",
        )


def _check_size(width: int, height: int, path: Path) -> None:
    if width < 1 or height < 1:
        raise VideoError(f"the flow file claims a size of {width}×{height}", path, "write it again")
    if width * height > MAX_PIXELS:
        raise LimitError(
            f"the flow file claims {width}×{height} vectors, more than {MAX_PIXELS}",
            path,
            "resize the flow first",
        )


def _unreadable(path: Path, error: OSError) -> VideoError:
    reason = error.strerror or type(error).__name__
    return VideoError(f"cannot read the flow file ({reason})", path, "check the path")
