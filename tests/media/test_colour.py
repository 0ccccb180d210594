"""Colour conversion against the definitions of BT.601, BT.709 and BT.2020 in float64."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.types import ClipInfo, ColourTags
from flowstyle.media import probe, read_frames
from flowstyle.media.colour import from_rgb, matrix_of, orient, output_tags, to_rgb
from tests.helpers.media import colour_card, picture, write_clip

WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def reference_rgb(yuv, matrix: int, full: bool, bits: int) -> np.ndarray:
    """Y'CbCr codes → R'G'B' in [0, 1], from the recommendations' equations."""
    kr, kb = WEIGHTS[matrix]
    unit = 2 ** (bits - 8)
    top = 2**bits - 1
    y = yuv[0] / top if full else (yuv[0] - 16 * unit) / (219 * unit)
    cb, cr = ((c - 128 * unit) / (top if full else 224 * unit) for c in yuv[1:])
    red, blue = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
    return np.array([red, (y - kr * red - kb * blue) / (1 - kr - kb), blue])


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("name", "bits"), [("yuv420p", 8), ("yuv444p", 8), ("yuv420p10le", 10)])
def test_to_rgb_matches_the_definition(matrix: int, full: bool, name: str, bits: int):
    from flowstyle.media.pyav import av

    codes = [k * 2 ** (bits - 8) for k in (120, 100, 150)]
    frame = av.VideoFrame(32, 16, name)
    kind = np.uint8 if bits == 8 else np.uint16
    for plane, code in zip(frame.planes, codes, strict=True):
        plane.update(np.full(plane.buffer_size // np.dtype(kind).itemsize, code, kind).tobytes())
    rgb = to_rgb(frame, ColourTags(matrix=matrix, full_range=full), None, alpha=False)
    assert rgb.dtype == kind
    expected = reference_rgb(codes, matrix, full, bits)
    # Half a code of 8 bits; at 10 bits three codes, which is swscale's own precision.
    tolerance = 0.6 / 255 if bits == 8 else 3 / 1023
    np.testing.assert_allclose(rgb[8, 8] / np.iinfo(kind).max, expected, atol=tolerance)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("yuv444p", np.uint8),
        ("yuv444p10le", np.uint16),
        ("gbrp", np.uint8),
        ("gbrp16le", np.uint16),
    ],
)
def test_black_white_and_grey_survive_the_round_trip(name: str, kind, full: bool):
    top = np.iinfo(kind).max
    ramp = np.linspace(0, top, 64).round().astype(kind)
    image = np.repeat(np.repeat(ramp[None, :, None], 16, axis=0), 3, axis=2)
    tags = ColourTags(1, 1, 1, full)
    back = to_rgb(from_rgb(image, name, tags), tags, None, alpha=False)
    error = np.abs(back.astype(float) - image) / top
    assert error.max() <= (1.5 / 255 if "10" not in name else 1.6 / 1023 + 0.0015)
    if name.startswith("gbrp"):
        np.testing.assert_array_equal(back, image)


def test_deep_grey_is_of_full_range():
    """As FFmpeg and players take grey (Nevcairiel/LAVFilters#623), with no light added to it."""
    from flowstyle.media.pyav import av

    codes = np.linspace(0, 65535, 64).round().astype(np.uint16)
    frame = av.VideoFrame.from_ndarray(np.repeat(codes[None], 16, 0), "gray16le")
    image = to_rgb(frame, ColourTags(2, 2, 2, False), None, alpha=False)
    np.testing.assert_array_equal(image[4], np.repeat(codes[:, None], 3, 1))


def test_from_rgb_tags_what_it_converts():
    frame = from_rgb(picture(0), "yuv420p", ColourTags(9, 14, 9, False))
    assert (frame.color_primaries, frame.color_trc, frame.colorspace) == (9, 14, 9)
    assert frame.color_range == 1


@pytest.mark.parametrize(
    ("tags", "size", "expected"),
    [
        (ColourTags(), (720, 480), 6),
        (ColourTags(), (1279, 576), 6),
        (ColourTags(), (720, 577), 1),
        (ColourTags(), (1280, 544), 1),
        (ColourTags(matrix=3), (1280, 544), 1),
        (ColourTags(matrix=6), (1920, 1080), 6),
        (ColourTags(matrix=1), (320, 240), 1),
        (ColourTags(primaries=9), (320, 240), 9),
        (ColourTags(primaries=1), (320, 240), 1),
    ],
)
def test_matrix_follows_the_tags_then_the_size(tags: ColourTags, size: tuple, expected: int):
    assert matrix_of(tags, *size) == expected


def test_output_tags_keep_the_source_and_fill_the_rest():
    info = ClipInfo(Path("x"), 64, 48, 1, Fraction(1, 25), Fraction(25))
    assert output_tags(info) == ColourTags(1, 1, 1, False)
    source = ColourTags(6, 6, 6, True)
    assert output_tags(replace(info, colour=source)) == source
    rgb = ColourTags(1, 13, 0, True)
    assert output_tags(replace(info, colour=rgb)) == ColourTags(1, 13, 1, False)


@pytest.mark.parametrize("tags", [(1, 1, 1, 1), (6, 6, 6, 1), (1, 1, 1, 2), (9, 14, 9, 1)], ids=str)
def test_colours_of_a_tagged_clip_are_right(tmp_path: Path, tags):
    card = colour_card((96, 32))
    path = write_clip(tmp_path / "card.mp4", pictures=[card] * 2, tags=tags, options={"crf": "1"})
    image = next(iter(read_frames(probe(path)))).image.astype(int)
    for k in range(6):
        np.testing.assert_allclose(image[16, 16 * k + 8], card[16, 16 * k + 8], atol=4)


def test_an_untagged_hd_clip_is_bt709_and_a_small_one_bt601(tmp_path: Path):
    for size, matrix in (((96, 720), 1), ((96, 480), 6), ((1280, 128), 1)):
        card = colour_card(size)
        path = write_clip(
            tmp_path / f"{size[1]}.mp4", pictures=[card], convert=(matrix, 1), options={"crf": "1"}
        )
        image = next(iter(read_frames(probe(path)))).image.astype(int)
        for x in (size[0] // 12, size[0] // 4):
            np.testing.assert_allclose(image[100, x], card[100, x], atol=4)


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_orient_turns_counterclockwise_then_mirrors(rotation: int, flipped: bool):
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    turned = orient(image, rotation, flipped)
    # The pixel at the top right of the stored picture, by hand.
    corner = {0: (0, -1), 90: (0, 0), 180: (-1, 0), 270: (-1, -1)}[rotation]
    row, column = corner[0], (-1 - corner[1] if flipped else corner[1])
    np.testing.assert_array_equal(turned[row, column], image[0, -1])
