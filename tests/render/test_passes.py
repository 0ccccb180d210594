"""How much of a picture the network sees at once: decided by the memory, and kept with the work."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from flowstyle import Output, Settings, stylize_image, stylize_video
from flowstyle.core.errors import OutOfMemoryError, ResumeMismatchError, UsageError
from flowstyle.core.events import Decision, Event, Notice
from flowstyle.engines.optimised import frame_objective
from flowstyle.features.compact import load_compact
from flowstyle.losses.sliced import SLICED
from flowstyle.losses.style import RELATIVE
from flowstyle.losses.tiled_objective import TiledObjective
from flowstyle.render import passes
from flowstyle.render.passes import Work, begun_with, largest_pass
from tests.helpers.media import picture, write_clip
from tests.helpers.network import TinyNetwork

CPU = torch.device("cpu")
GIGABYTE = 10**9


def work(memory: str | None, **more) -> Work:
    settings = Settings.from_preset("still", features="compact", memory=memory)
    given = {"network": load_compact(), "style_loss": RELATIVE, "size": (3840, 2160), **more}
    return Work(device=CPU, settings=settings, clip=False, **given)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which four gigabytes are free."""
    monkeypatch.setattr(passes, "free_memory", lambda device: 4 * GIGABYTE)


def test_more_memory_means_larger_tiles_and_then_none(free: None) -> None:
    events: list[Event] = []
    small, large = (
        largest_pass(work(text, size=(3840, 2160)), events.append) for text in ("2G", "4G")
    )
    assert small is not None
    assert large is not None
    assert 30_000 < small < large < 3840 * 2160
    assert [event.topic for event in events if isinstance(event, Decision)] == ["tiles"] * 2
    assert largest_pass(work("40G"), events.append) is None
    assert len(events) == 2
    # The same on every machine, whatever is free.
    assert largest_pass(work("4G"), events.append) == large


def test_tiles_by_themselves_where_the_memory_would_not_suffice(free: None) -> None:
    events: list[Event] = []
    assert largest_pass(work(None, size=(400, 300)), events.append) is None
    assert not events
    found = largest_pass(work(None), events.append)
    assert found is not None
    assert found > 10**6
    assert "as a whole would take" in str(events[0])


def test_fault_not_even_tiles_fit() -> None:
    with pytest.raises(OutOfMemoryError, match=r"not even in the smallest tiles: about 2\.0 GB"):
        largest_pass(work("900M"), print)
    thrifty = Settings.from_preset("gatys", optimizer="lbfgs", features="compact", memory="2G")
    hungry = Work(load_compact(), RELATIVE, CPU, thrifty, (3840, 2160), clip=False)
    with pytest.raises(OutOfMemoryError, match="--optimizer adam"):
        largest_pass(hungry, print)


@pytest.mark.parametrize(
    ("part", "why"),
    [({"style_loss": SLICED}, "sliced compares whole"), ({"network": TinyNetwork()}, "tiny")],
)
def test_fault_what_cannot_be_had_in_tiles(free: None, part: dict[str, object], why: str) -> None:
    huge = work("2G", size=(20000, 20000), **part)
    with pytest.raises(UsageError, match=why):
        largest_pass(huge, print)
    events: list[Event] = []
    assert largest_pass(work(None, size=(20000, 20000), **part), events.append) is None
    assert isinstance(events[0], Notice)
    assert why in events[0].text


def test_amounts_that_are_none() -> None:
    with pytest.raises(UsageError, match="amount such as 8G"):
        Settings.from_preset("still", memory="much")


def forced(monkeypatch: pytest.MonkeyPatch, largest: int | None) -> None:
    monkeypatch.setattr("flowstyle.render.prepare.largest_pass", lambda work, report: largest)


def test_a_picture_in_tiles_is_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, style = picture(0, (208, 104), seed=1), picture(0, (150, 120), seed=2)
    settings = Settings.from_preset(
        "still", features="compact", precision="fp32", first_iterations=3, first_smallest=150
    )
    found, used = {}, []

    class Noted(TiledObjective):
        def __init__(self, network, parts, pixels, tiling, **more) -> None:
            super().__init__(network, parts, pixels, tiling, **more)
            used.append(len(tiling.tiles))

    monkeypatch.setattr(frame_objective, "TiledObjective", Noted)
    for largest in (None, 18_000):
        forced(monkeypatch, largest)
        found[largest] = stylize_image(photo, [style], settings).astype(int)
    assert used
    assert min(used) > 1
    # One level of 255 where a value lies between two of them.
    assert np.abs(found[None] - found[18_000]).max() <= 1
    assert (found[None] != found[18_000]).mean() < 0.01


def test_what_was_free_when_it_began_counts_until_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_clip(tmp_path / "clip.mp4", pictures=[picture(i, (64, 48)) for i in range(2)])
    cv2.imwrite(str(tmp_path / "style.png"), picture(0, (48, 40), seed=7))
    settings = Settings.from_preset(
        "draft", features="compact", first_iterations=1, iterations=1, first_smallest=64
    )

    def render(**more) -> None:
        output = Output(tmp_path / "out.mp4", measure=False, overwrite=True)
        stylize_video(
            tmp_path / "clip.mp4", [tmp_path / "style.png"], settings.changed(**more), output
        )

    folder = tmp_path / "out.mp4.flowstyle"
    assert begun_with(folder) == {}
    forced(monkeypatch, 2000)
    render()
    assert begun_with(folder) == {"largest_pass": 2000}
    forced(monkeypatch, None)
    render()  # less was free then: taken up as it was begun
    assert json.loads((folder / "settings.json").read_bytes())["largest_pass"] == 2000
    with pytest.raises(ResumeMismatchError, match="largest_pass: 2000 → null"):
        render(memory="8G")
