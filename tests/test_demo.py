"""The demo media: the same every time, moving as the scene promises, as assets/README.md says."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from scripts.common.paths import DEMO
from scripts.demo import make, noise
from scripts.demo.brush import brush
from scripts.demo.scene import Scene
from scripts.demo.styles import PAINTERS

SMALL = 0.5  # 224×126


@pytest.fixture(scope="module")
def scene():
    return Scene(seed=3, scale=SMALL)


def decoded(path: Path):
    import av

    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        facts = {
            "codec": (video.codec_context.name, audio.codec_context.name),
            "rate": video.average_rate,
            "colours": (
                int(video.codec_context.colorspace),
                int(video.codec_context.color_primaries),
                int(video.codec_context.color_trc),
                int(video.codec_context.color_range),
            ),
            "seconds": float(audio.duration * audio.time_base),
        }
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video)]
    with av.open(str(path)) as container:
        sound = [block.to_ndarray() for block in container.decode(audio=0)]
    return facts, frames, np.concatenate(sound, 1)


def moved_left(before: np.ndarray, after: np.ndarray) -> float:
    """Pixels that a grey window moved to the left, by phase correlation."""
    window = cv2.createHanningWindow(before.shape[::-1], cv2.CV_32F)
    (dx, _), _ = cv2.phaseCorrelate(np.float32(before), np.float32(after), window)
    return -dx


def test_frames_depend_on_seed_and_number_only(scene):
    first = scene.frame(9)
    scene.frame(2)
    assert first.shape == (126, 224, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, scene.frame(9))
    again = Scene(seed=3, scale=SMALL)
    assert np.array_equal(first, again.frame(9))
    other = Scene(seed=4, scale=SMALL)
    assert np.abs(first.astype(int) - other.frame(9)).mean() > 4


@pytest.mark.parametrize(
    ("rows", "speed"),
    [((0, 40), 0.2), ((206, 218), 2.8), ((236, 252), 4.6)],
    ids=["sky", "meadow", "front grass"],
)
def test_near_layers_pass_faster(scene, rows, speed):
    gap = 4
    window = np.s_[int(rows[0] * SMALL) : int(rows[1] * SMALL), 120:]
    if speed == 0.2:
        window = np.s_[: int(rows[1] * SMALL), 60:150]
    before, after = (
        cv2.cvtColor(scene.frame(index), cv2.COLOR_RGB2GRAY)[window] for index in (0, gap)
    )
    assert moved_left(before, after) == pytest.approx(speed * SMALL * gap, abs=0.35)


def test_texture_is_everywhere(scene):
    grey = np.float32(cv2.cvtColor(scene.frame(0), cv2.COLOR_RGB2GRAY))
    blocks = grey[:126, :224].reshape(9, 14, 16, 14).std(axis=(1, 3))
    assert np.quantile(blocks, 0.05) > 1.0


@pytest.mark.parametrize("name", ["night", "glass", "waves", "candy"])
def test_styles_repeat_and_vary_with_the_seed(name):
    paint = PAINTERS[name]
    picture = paint(size=(64, 80), seed=5)
    assert picture.shape == (64, 80, 3)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, paint(size=(64, 80), seed=5))
    assert not np.array_equal(picture, paint(size=(64, 80), seed=6))
    assert picture.reshape(-1, 3).std(axis=0).min() > 20  # a rich palette, not a flat sheet


def test_strokes_follow_the_field():
    rng = np.random.default_rng(0)
    reference = np.repeat(rng.random((64, 64, 1), dtype=np.float32), 3, 2)
    field = np.zeros((64, 64, 2), np.float32)
    field[..., 0] = 1  # to the right
    painted = brush(reference, field, [(6, 40, 4)], rng).mean(-1)
    along, across = np.abs(np.diff(painted, axis=1)).mean(), np.abs(np.diff(painted, axis=0)).mean()
    assert across > 1.5 * along


def test_over_and_place_blend_as_porter_and_duff():
    canvas = np.full((9, 9, 3), 0.2, np.float32)
    layer = noise.as_layer(np.full((3, 3, 3), 0.8, np.float32), np.full((3, 3), 0.25, np.float32))
    noise.place(canvas, layer, (4.0, 4.0))
    assert canvas[4, 4] == pytest.approx([0.2 * 0.75 + 0.8 * 0.25] * 3)
    assert canvas[0, 0] == pytest.approx([0.2] * 3)
    noise.over(canvas, layer, 8, -2)  # cropped at two edges
    assert canvas[0, 8] == pytest.approx([0.35] * 3)
    assert canvas[1, 8] == pytest.approx([0.2] * 3)


def test_relief_is_bright_where_it_faces_the_light():
    y, x = np.mgrid[0:21, 0:21].astype(np.float32)
    bump = 10 * np.exp(-((x - 10) ** 2 + (y - 10) ** 2) / 30)
    lit = noise.relief(bump, 0.5)
    assert lit[7, 7] > 1.1
    assert lit[13, 13] < 0.9


def test_clip_round_trip(scene, tmp_path):
    frames = [scene.frame(index) for index in range(4)]
    path = tmp_path / "clip.mp4"
    make.write_clip(path, frames)
    facts, back, sound = decoded(path)
    assert facts["codec"] == ("h264", "aac")
    assert facts["rate"] == 24
    assert facts["colours"] == (1, 1, 1, 1)  # BT.709 matrix, primaries, transfer; limited range
    assert len(back) == 4
    error = np.mean([np.abs(a.astype(int) - b).mean() for a, b in zip(frames, back, strict=True)])
    bias = np.mean(
        [(a.astype(int) - b).mean(axis=(0, 1)) for a, b in zip(frames, back, strict=True)], 0
    )
    assert error < 7
    assert np.abs(bias).max() < 2
    assert sound.std() > 0.003


def test_committed_files_are_as_described():
    facts, frames, sound = decoded(DEMO / "clip.mp4")
    assert (len(frames), frames[0].shape) == (36, (252, 448, 3))
    assert facts["codec"] == ("h264", "aac")
    assert facts["seconds"] == pytest.approx(1.5, abs=0.05)
    assert np.abs(sound).max() < 1
    assert (DEMO / "clip.mp4").stat().st_size <= 900_000
    for name in ("night", "glass", "waves", "candy"):
        path = DEMO / f"{name}.jpg"
        assert path.stat().st_size <= 250_000
        assert max(cv2.imread(str(path)).shape) == 640


def test_command_writes_every_file(tmp_path, monkeypatch):
    written = {}
    monkeypatch.setattr(make, "Scene", lambda seed: Scene(seed, scale=0.25))
    monkeypatch.setattr(
        make, "write_clip", lambda path, frames: written.update({path.name: len(list(frames))})
    )
    small = {name: lambda seed: np.full((8, 8, 3), seed, np.uint8) for name in make.PAINTERS}
    monkeypatch.setattr(make, "PAINTERS", small)
    make.main(["--out", str(tmp_path / "new"), "--seed", "7"])
    assert written == {"clip.mp4": 36}
    assert {path.name for path in (tmp_path / "new").iterdir()} == {f"{n}.jpg" for n in small}
    assert cv2.imread(str(tmp_path / "new" / "night.jpg")).mean() == pytest.approx(7, abs=1)
