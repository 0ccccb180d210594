"""What figures mean, in words: each against a clip whose figures are written by hand."""

from __future__ import annotations

from dataclasses import replace

from flowstyle.metrics.profile import FrameFigures
from flowstyle.metrics.summary import Borders, ClipFigures, ColourDrift, Paired
from flowstyle.metrics.verdicts import verdicts
from flowstyle.report.html.words import cards_of

GOOD = ClipFigures(
    frames=3,
    judge="farneback",
    warp_error=Paired(0.00045, 0.001),
    transport=Paired(2.0, 1.0),
    long_gap=None,
    long_warp_error=None,
    trusted=0.9,
    flicker=Paired(0.012, 0.01),
    static_flicker=Paired(0.001, 0.001),
    static_share=0.5,
    motion_difference=0.1,
    sharpness=Paired(0.019, 0.02),
    fine=Paired(0.01, 0.01),
    fine_flat=None,
    fine_style=None,
    drift=ColourDrift((0.0,) * 6, (0.5, -1.0, 0.0)),
    style=((0, 0.105), (2, 0.115)),
    content=0.4,
    borders=Borders(left=1.1),
    profile=(FrameFigures(0, 50, 0.1), FrameFigures(1, 50, 0.1, warp_error=0.002)),
)


def said(figures: ClipFigures) -> dict[str, tuple[str, str]]:
    return {one.name: (one.verdict, one.why) for one in verdicts(figures)}


def test_a_good_clip_in_words() -> None:
    found = said(GOOD)
    assert list(found) == ["stability", "flicker", "style", "content", "sharpness", "colour"]
    assert [verdict for verdict, _ in found.values()] == [
        *("stable", "calm", "strong", "recognisable", "sharp", "true")
    ]
    assert found["stability"][1].endswith(
        "2.0 × the warp error of ideal transport (stable up to 4), 0.45 × the source's own"
    )
    assert found["flicker"][1].startswith("1.20 × the source's own")
    assert "what stands still holds, by 0.3 of 255 (the source by 0.3)" in found["flicker"][1]
    assert found["style"][1] == "0.11 away from the picture's brushwork and colours"
    assert "1.0 of 255" in found["colour"][1]


def test_a_bad_clip_in_words() -> None:
    bad = replace(
        GOOD,
        transport=Paired(9.0, 1.0),
        warp_error=Paired(0.002, 0.001),
        flicker=Paired(0.02, 0.01),
        static_flicker=Paired(0.01, 0.0),
        sharpness=Paired(0.01, 0.02),
        drift=ColourDrift((0.0,) * 6, (0.0, -7.0, 2.0)),
        style=((0, 0.5), (2, 1.0)),
        content=2.0,
        borders=Borders(left=1.1, top=3.0),
    )
    found = said(bad)
    assert [verdict for verdict, _ in found.values()] == [
        *("restless", "lively", "weak", "loose", "soft", "drifts")
    ]
    assert "what stands still moves" in found["flicker"][1]
    assert "sharp paint" not in found["flicker"][1]  # it is restless
    sharp = said(replace(GOOD, flicker=Paired(0.02, 0.01)))
    assert sharp["stability"][0] == "stable"
    assert sharp["flicker"][0] == "lively"
    assert "2.00 × the source's own change" in sharp["flicker"][1]
    assert "as sharp paint that moves along has" in sharp["flicker"][1]
    noisy = replace(bad, warp_error=Paired(0.00082, 0.001))
    assert said(noisy)["stability"] == (
        "fair",
        "9.0 × the warp error of ideal transport (stable up to 4), 0.82 × the source's own",
    )
    assert "fading, the last frame is 2.00 ×" in found["style"][1]
    assert "a border is 3.0 ×" in found["style"][1]
    assert "7.0 of 255" in found["colour"][1]


def test_style_fades_where_the_difference_can_be_seen() -> None:
    near = replace(GOOD, style=((0, 0.010), (9, 0.019)))  # 1.9 times next to nothing
    assert near.course == "lasting"
    assert "fading" not in said(near)["style"][1]
    far = replace(GOOD, style=((0, 0.05), (9, 0.065)))
    assert far.course == "fading"
    assert "the last frame is 1.30 ×" in said(far)["style"][1]
    assert replace(GOOD, style=((0, 0.5), (9, 0.55))).course == "lasting"  # by a tenth
    assert replace(GOOD, style=((0, 0.5),)).course == ""


def test_what_was_not_measurable_is_left_out() -> None:
    bare = replace(
        GOOD,
        transport=None,
        flicker=None,
        static_flicker=None,
        style=(),
        content=None,
        sharpness=Paired(0.1, 0.0),
    )
    assert list(said(bare)) == ["colour"]
    black = replace(GOOD, warp_error=Paired(0.001, 0.0))
    assert said(black)["stability"][1].startswith("2.0 × the warp error")


def test_a_ratio_to_next_to_nothing_is_not_printed() -> None:
    # A square that moves by whole pixels over a plain ground: rounding alone is left of the source.
    plain = replace(GOOD, warp_error=Paired(1.5e-3, 2e-11), flicker=Paired(0.02, 1e-9))
    assert plain.warp_error is not None
    assert plain.warp_error.ratio is None
    assert said(plain)["stability"][1].endswith(", the source has next to none of its own")
    verdict, why = said(plain)["flicker"]
    assert (verdict, why.split(";")[0]) == ("lively", "5.1 of 255 a frame")
    assert "next to none" in cards_of(plain)[0].why
    assert Paired(0.2, 0.001).ratio == 200


def test_frames_too_unlike_to_be_compared_are_told() -> None:
    flash = FrameFigures(2, 90, 0.1, trusted=0.001)
    verdict, why = said(replace(GOOD, profile=(*GOOD.profile, flash)))["stability"]
    assert verdict == "stable"
    assert "1 frame is left out, too unlike the one before" in why
    nothing = replace(GOOD, transport=None, warp_error=None, profile=(flash, flash))
    assert said(nothing)["stability"][0] == "unknown"
    assert "2 frames are left out" in said(nothing)["stability"][1]


def test_paint_that_boils_where_nothing_moves_is_not_called_still() -> None:
    # A tripod: there is no motion to compare with, so that only the change itself can tell.
    held = replace(GOOD, transport=None, flicker=Paired(0.001, 0.0))
    boils = replace(held, static_flicker=Paired(0.02, 0.0))
    # Something may move that no flow is measured by: only what stands still is spoken of.
    assert said(boils)["stability"][1].startswith("where nothing moves the paint changes by 5.1")
    assert said(held)["stability"] == (
        "still",
        "where nothing moves the paint changes by 0.3 of 255 a frame",
    )
    assert said(boils)["stability"][0] == "restless"
    whole = replace(held, static_flicker=None)
    assert said(whole)["stability"][1].startswith("nothing moves in the source, and the paint")
    noisy = replace(held, static_flicker=Paired(0.02, 0.03))  # the source's own noise is more
    assert said(noisy)["stability"][0] == "fair"
    for figures, good in ((held, True), (boils, False)):
        card = cards_of(figures)[0]  # the report says what the terminal says
        assert (card.verdict, card.good) == (said(figures)["stability"][0], good)
