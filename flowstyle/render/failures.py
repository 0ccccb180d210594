"""What ends the painting before its time, in words for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flowstyle.core.memory import explain_out_of_memory, is_out_of_memory
from flowstyle.render.preflight import step_of
from flowstyle.render.prepare import Tools
from flowstyle.settings import Settings


@contextmanager
def memory_explained(
    tools: Tools, settings: Settings, size: tuple[int, int], where: str = ""
) -> Iterator[None]:
    """Where the memory runs out in the block, say which size would fit; other errors pass.

    Args:
        tools: what paints.
        settings: the layers that are computed.
        size: (width, height) of what is painted.
        where: names it; the device if empty.

    Raises:
        OutOfMemoryError: with the largest size that fits.
    """
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        step = step_of(tools.network, settings, tools.device) if tools.optimises else None
        raise explain_out_of_memory(
            error, size[1], size[0], device=str(tools.device), loss=step, where=where
        ) from None
