"""A preview as a page shows it: a sheet of stills, a moving piece, what the render will take."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import FlowstyleError
from flowstyle.render.preview import result
from flowstyle.render.preview.make import preview_video
from flowstyle.render.preview.sheet import preview_moving, preview_sheet, taken
from flowstyle.studio.jobs import Order, as_jpeg

SHEET = (1600, 1600)
"""Largest (width, height) of the sheet."""


@dataclass(eq=False)
class Look:
    """A preview that is asked for, under way or done.

    Attributes:
        order: of the full render.
        beside: whether a render was under way when it was asked for.
        ready: whether it has ended.
        error: why there is none.
        said: what the render will take, and how it differs from the preview.
        sheet: stills beside each other, JPEG.
        moving: the moving piece, animated WebP.
    """

    order: Order
    beside: bool = False
    ready: bool = False
    error: str = ""
    said: tuple[str, ...] = ()
    sheet: bytes = b""
    moving: bytes = b""

    def make(self, cancel: CancelToken) -> None:
        """Paint it; however that ends, it says so.

        Args:
            cancel: asked before every iteration.
        """
        try:
            name = " + ".join(style.stem for style in self.order.styles)
            look = result.Look(name, self.order.styles, self.order.settings())
            made = preview_video(self.order.clip, [look], cancel=cancel)
            self.sheet = as_jpeg(preview_sheet(made), SHEET)
            self.moving = _moving(made)
            beside = ("seen beside a render: alone it takes less time and memory",) * self.beside
            self.said = (taken(made.looks[0].estimate), *beside, *made.differs)
        except FlowstyleError as error:
            self.error = str(error)
        except Exception as error:  # a preview that breaks must not end the queue
            self.error = f"{type(error).__name__}: {error}"
        self.ready = True


def _moving(made: result.Preview) -> bytes:
    """The moving piece as a picture that moves in every browser."""
    frames = [Image.fromarray(one) for one in preview_moving(made)]
    file = io.BytesIO()
    pause = max(20, round(1000 / float(made.rate)))
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], duration=pause, loop=0)
    return file.getvalue()
