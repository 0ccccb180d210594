"""Results as a row of pictures."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import cast

import numpy as np

from flowstyle.core.errors import FlowstyleError, OutputError
from flowstyle.core.files import sync
from flowstyle.core.types import Frame
from flowstyle.media.colour import Picture
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.media.largest import check_frame_size
from flowstyle.media.output import (
    ALPHA_SUFFIXES,
    discard,
    folder_of,
    picture_name,
    publish,
    refuse_other_files,
    replaced_name,
    restore_folder,
    storage_errors,
)
from flowstyle.media.picture_folder import numbered


class PictureWriter(FrameWriter):
    """Writes ``out/%06d.png``, numbered in a row, or ``out/`` with names like that.

    The folder grows under a temporary name and is renamed when it is complete; an old one waits
    under another name meanwhile, and comes back if that fails. Frames of uint16 are written as
    16-bit PNG or TIFF, and reduced to 8 bits for other formats.

    Args:
        path: a pattern, or a folder.
        first: number of the first picture.
        overwrite: replace a folder that holds nothing but pictures of the same kind.

    Raises:
        OutputError: the folder holds other files, which are never removed.
    """

    def __init__(self, path: Path, *, first: int = 1, overwrite: bool = False) -> None:
        self.path = path
        self._folder = folder_of(path)
        self._name = picture_name(path)
        self._partial = self._folder.with_name(f".{self._folder.name}.partial")
        self._replaced = replaced_name(self._folder)
        self._first, self._count = first, 0
        restore_folder(self._folder)
        refuse_other_files(path)
        if self._folder.exists() and not overwrite and any(self._folder.iterdir()):
            raise OutputError("the output exists", self._folder, "give another -o, or --overwrite")
        # Beside a folder that is complete, this is what a run did not live to remove.
        discard(self._replaced)
        discard(self._partial)

    def write(self, frame: Frame) -> None:
        """Write one picture.

        Args:
            frame: RGB, with or without alpha.

        Raises:
            OutputError: it is larger than the kind of picture can hold.
            StorageError: the disk is full or broken.
        """
        import cv2

        check_frame_size(self.path, (frame.image.shape[1], frame.image.shape[0]))
        suffix = Path(self._name).suffix.lower()
        channels = [frame.image[..., ::-1]]
        if frame.alpha is not None and suffix in ALPHA_SUFFIXES:
            channels.append(frame.alpha[..., None])
        image = cast("Picture", np.concatenate(channels, axis=2))
        if image.dtype == np.uint16 and suffix not in (".png", ".tif", ".tiff", ".ppm"):
            image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
        target = self._partial / numbered(self._name, self._first + self._count)
        self._count += 1
        with storage_errors(target):
            self._partial.mkdir(exist_ok=True)
            encoded, data = cv2.imencode(suffix, image)
            if not encoded:
                raise OutputError(f"a picture cannot be encoded as {suffix}", target)
            target.write_bytes(data.tobytes())
            sync(target)  # the folder is published as a whole, and counts only then

    def finish(self) -> None:
        """Let the folder take the old one's place, which is then removed.

        Raises:
            OutputError: no frame was written, or the folder cannot be renamed.
            StorageError: the disk is full or broken; the old folder is as it was.
        """
        if not self._count:
            raise OutputError("no frame was written", self.path)
        had_old = self._folder.exists()
        try:
            if had_old:
                with storage_errors(self._folder):
                    self._folder.rename(self._replaced)
            publish(self._partial, self._folder)
        except BaseException:
            # Where even this fails, the next run brings the old folder back.
            with suppress(FlowstyleError, OSError):
                restore_folder(self._folder)
            raise
        if had_old:
            discard(self._replaced)

    def abort(self) -> None:
        """Leave nothing behind."""
        discard(self._partial)
