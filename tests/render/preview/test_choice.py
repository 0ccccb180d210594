"""What fits into the time: every expectation is worked out by hand."""

from __future__ import annotations

import pytest

from flowstyle.render.preview import make
from flowstyle.render.preview.choice import (
    LADDER,
    MARGIN,
    Rung,
    at_rung,
    choose,
    small_size,
    work_of,
)
from flowstyle.settings import Settings

DEFAULT = Settings.from_preset("default")
RUNG = Rung(36864, 20, 6)


def test_a_preview_keeps_the_look_and_takes_fewer_iterations() -> None:
    settings = DEFAULT.changed(effort=0.5, style_weight=8.0, start_frame=90, frames=30)
    small = at_rung(settings, RUNG, 256)
    assert (small.style_weight, small.style_scale, small.width) == (8.0, 1.0, 256)
    assert (small.start_frame, small.frames, small.cuts, small.effort) == (0, None, False, 1.0)
    assert small.first_iterations == 20  # of 30
    assert small.iterations == 2  # of 4, at half the effort
    assert small.fill_iterations == 10  # of 30: a half, and two thirds of that
    few = at_rung(DEFAULT.changed(first_iterations=8), RUNG, 256)
    assert (few.first_iterations, few.fill_iterations) == (8, 30)


def test_the_work_of_a_look() -> None:
    settings = at_rung(DEFAULT, RUNG, 256)
    # Levels of 256×144 and 128×72 pixels: 46,080 together. 22 passes each for three frames alone,
    # 10 for the one ahead (a third of them at the full size), 6 for each of five later frames.
    lent = 10 * (9216 + 36864 / 3)
    expected = 3 * 46080 * 22 + lent + 5 * 36864 * 6
    assert work_of(settings, (256, 144), 6, alone=2) == pytest.approx(expected)
    swept = settings.changed(sweeps=2, sweep_iterations=6)
    more = 6 * 2 * 36864 * 8
    assert work_of(swept, (256, 144), 6, alone=2) == pytest.approx(expected + more)
    alone = settings.changed(neighbors=False)
    assert work_of(alone, (256, 144), 6, alone=2) == pytest.approx(8 * 46080 * 22)


def test_more_time_gives_a_larger_preview_and_too_little_the_quickest() -> None:
    full = (1920, 1080)
    best, size = choose([DEFAULT], full, 1e-9, 10)
    assert (best, size) == (LADDER[0], (384, 216))
    quickest, size = choose([DEFAULT], full, 1.0, 10)
    assert (quickest, size) == (LADDER[-1], (96, 54))
    middle, size = choose([DEFAULT], full, 2e-6, 12)
    assert work_of(at_rung(DEFAULT, middle, size[0]), size, middle.moving, 2) * 2e-6 * MARGIN <= 12
    before = LADDER[LADDER.index(middle) - 1]
    larger = small_size(full, before.pixels)
    assert (
        work_of(at_rung(DEFAULT, before, larger[0]), larger, before.moving, 2) * 2e-6 * MARGIN > 12
    )


def test_several_looks_share_the_time() -> None:
    one, _ = choose([DEFAULT], (1920, 1080), 1e-6, 12)
    four, _ = choose([DEFAULT] * 4, (1920, 1080), 1e-6, 12)
    assert LADDER.index(four) > LADDER.index(one)


def test_small_sizes_keep_the_shape_and_never_grow() -> None:
    assert small_size((1080, 1920), 256 * 144) == (144, 256)
    assert small_size((4096, 1716), 256 * 144) == (296, 124)  # 296.6 and 124.3, to even numbers
    assert small_size((176, 144), 256 * 144) == (176, 144)
    assert small_size((4000, 40), 5184) == (720, 16)  # no side below sixteen pixels


def test_a_soft_preview_is_called_so_and_says_how_to_get_a_larger_one() -> None:
    soft, clear = LADDER[-1], LADDER[4]
    assert make.told(soft, (96, 54), (1280, 720), 20.0) == (
        "96×54, 3 frames that move; soft: 20 s allow no more on this machine, as busy as it is; "
        "--seconds 60 shows more"
    )
    assert make.told(soft, (96, 54), (96, 54), 20.0) == "96×54, 3 frames that move"  # all there is
    assert make.told(clear, (256, 144), (1280, 720), 20.0) == "256×144, 10 frames that move"
