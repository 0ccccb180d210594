"""A stylizer serves clips, frames and pictures; pictures may come in any form."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from flowstyle import (
    Decision,
    FrameReady,
    Output,
    Parts,
    Settings,
    StylePicture,
    Stylizer,
    stylize_image,
    stylize_video,
)
from flowstyle.core.errors import OutputError, ResumeMismatchError, StyleImageError, UsageError
from flowstyle.core.images import to_tensor
from flowstyle.losses.style import GramLoss, relative_gram
from flowstyle.render.style_pictures import pixels_of
from tests.helpers.media import picture, write_clip
from tests.helpers.network import TinyNetwork

QUICK = Settings.from_preset(
    "draft", features="compact", first_iterations=1, iterations=1, first_smallest=64
)
STYLE = picture(0, (48, 40), seed=7)
PHOTO = picture(3, (40, 32), seed=2)


def test_networks_and_pictures_are_made_ready_once_and_results_do_not_depend_on_what_came_before(
    tmp_path: Path,
) -> None:
    events: list = []
    clip = write_clip(tmp_path / "clip.mp4", count=3, size=(64, 48))
    stylizer = Stylizer([STYLE], QUICK, report=events.append)
    first, again = stylizer.image(PHOTO), stylizer.image(PHOTO)
    one = stylizer.video(clip, tmp_path / "one.mkv")
    other = stylizer.video(str(clip), str(tmp_path / "other.mkv"))
    assert np.array_equal(first, again)
    assert one.path.read_bytes() == other.path.read_bytes()
    assert [e.topic for e in events if isinstance(e, Decision)].count("features") == 1
    assert np.array_equal(first, stylize_image(PHOTO, [STYLE], QUICK))


def test_each_frame_is_told_when_it_is_ready(tmp_path: Path) -> None:
    events: list = []
    pictures = [picture(i, (64, 48)) for i in range(4)]
    pictures += [255 - picture(i, (64, 48), seed=3) for i in range(4)]
    clip = write_clip(tmp_path / "clip.mp4", pictures=pictures)
    settings = QUICK.model_copy(update={"start_frame": 1, "sweeps": 1})
    Stylizer([STYLE], settings, report=events.append).video(clip, tmp_path / "out.mkv")
    ready = [event for event in events if isinstance(event, FrameReady)]
    assert {(e.frame, e.sweep) for e in ready} == {(f, s) for f in range(1, 8) for s in (1, 2)}
    assert {e.shot for e in ready} == {1, 4}
    assert all(e.final == (e.sweep == 2) and e.image.shape == (48, 64, 3) for e in ready)
    plain = ready[0].as_dict()
    assert plain.pop("seconds") > 0
    assert plain == {"event": "frame", "frame": 1, "shot": 1, "sweep": 1, "final": False}


def test_a_picture_may_be_a_path_pillow_an_array_or_a_tensor(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), PHOTO[..., ::-1])
    given = [
        tmp_path / "photo.png",
        str(tmp_path / "photo.png"),
        Image.fromarray(PHOTO),
        PHOTO,
        to_tensor(PHOTO),
        to_tensor(PHOTO)[0],
        PHOTO.astype(np.float32) / 255,
    ]
    results = [stylize_image(photo, [STYLE], QUICK) for photo in given]
    assert all(np.array_equal(results[0], result) for result in results[1:4])
    assert all(np.abs(results[0].astype(int) - r).max() <= 1 for r in results[4:])


@pytest.mark.parametrize(
    "nothing",
    [np.zeros((20, 20), np.uint8), np.zeros((20, 20, 3), np.int32), torch.zeros(2, 3, 20, 20)],
)
def test_what_is_no_picture_is_refused_in_three_parts(nothing: object) -> None:
    with pytest.raises(StyleImageError, match="is no picture") as refused:
        stylize_image(nothing, [STYLE], QUICK)
    assert "H×W×3" in refused.value.advice


def test_weights_of_styles_count_for_clips_and_their_ratio_alone(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", count=2, size=(64, 48))
    styles = [STYLE, picture(1, (48, 40), seed=5)]

    def frames(name: str, blend: list[float]) -> bytes:
        return Stylizer(styles, QUICK, blend=blend).video(clip, tmp_path / name).path.read_bytes()

    assert frames("a.mkv", [1, 3]) == frames("b.mkv", [0.25, 0.75])
    assert frames("c.mkv", [3, 1]) != frames("a2.mkv", [1, 3])
    (tmp_path / "a.mkv").unlink()
    with pytest.raises(ResumeMismatchError, match="share"):
        frames("a.mkv", [3, 1])
    weighed = [StylePicture(styles[0], 1), StylePicture(styles[1], 3)]
    done = Stylizer(weighed, QUICK).video(clip, tmp_path / "d.mkv")
    assert done.path.read_bytes() == (tmp_path / "b.mkv").read_bytes()
    with pytest.raises(UsageError, match="blend weights"):
        Stylizer(styles, QUICK, blend=[1])


def test_parts_of_the_callers_own_are_used() -> None:
    own = Stylizer([STYLE], QUICK, parts=Parts(network=TinyNetwork()))
    assert not np.array_equal(own.image(PHOTO), Stylizer([STYLE], QUICK).image(PHOTO))


@pytest.mark.parametrize("kind", [str, Path, "stylizer"])
def test_a_result_never_takes_the_place_of_a_style(tmp_path: Path, kind) -> None:
    style = tmp_path / "style.webp"
    Image.fromarray(STYLE).save(style, lossless=True)
    before = style.read_bytes()
    clip = write_clip(tmp_path / "clip.mp4", count=2, size=(64, 48))
    output = Output(style, overwrite=True)
    stylizer = Stylizer([str(style)], QUICK)
    with pytest.raises(OutputError, match="would replace"):
        _ = (
            stylizer.video(clip, output)
            if kind == "stylizer"
            else stylize_video(clip, [kind(style)], QUICK, output)
        )
    assert style.read_bytes() == before


def test_tensors_of_bytes_are_pictures_and_values_out_of_range_are_not() -> None:
    as_bytes = torch.from_numpy(PHOTO).permute(2, 0, 1)
    assert np.array_equal(pixels_of(as_bytes), PHOTO)
    for wrong in (PHOTO.astype(np.float32), np.full((20, 20, 3), np.nan), as_bytes.int()):
        with pytest.raises(StyleImageError, match="is no picture"):
            pixels_of(wrong)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_where_the_caller_records_no_gradients_it_paints_all_the_same(mode) -> None:
    with mode():
        inside = stylize_image(PHOTO, [STYLE], QUICK)
    assert np.array_equal(inside, stylize_image(PHOTO, [STYLE], QUICK))


def test_a_style_loss_of_the_callers_own_is_known_by_its_digest(tmp_path: Path) -> None:
    class Weighed(GramLoss):
        pass

    clip = write_clip(tmp_path / "clip.mp4", count=2, size=(64, 48))
    losses = [Weighed("mine", "hw", relative_gram, weight, str(weight)) for weight in (1.0, 9.0)]
    Stylizer([STYLE], QUICK, parts=Parts(style_loss=losses[0])).video(clip, tmp_path / "a.mkv")
    (tmp_path / "a.mkv").unlink()
    with pytest.raises(ResumeMismatchError, match="style_loss"):
        Stylizer([STYLE], QUICK, parts=Parts(style_loss=losses[1])).video(clip, tmp_path / "a.mkv")


def test_wrong_blends_and_lists_are_refused() -> None:
    for blend in ([float("nan"), 1], [float("inf"), 1], [0, 0], [-1, 2]):
        with pytest.raises(UsageError, match="blend weights"):
            Stylizer([STYLE, STYLE], QUICK, blend=blend)
    for nothing in ([], "style.jpg"):
        with pytest.raises(UsageError, match="no list of style pictures"):
            Stylizer(nothing, QUICK)


def test_settings_are_changed_with_all_checks() -> None:
    assert QUICK.changed(style_scale=0.5).style_scale == 0.5
    dial = Settings.from_preset("default", stability=0.9)
    assert dial.changed(width=64).temporal_weight == dial.temporal_weight
    for wrong in ({"style_scale": -2}, {"stability": 9}, {"stlye_scale": 2}):
        with pytest.raises(UsageError):
            QUICK.changed(**wrong)
