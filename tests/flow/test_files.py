"""Flow files against OpenCV's reader and writer, and damaged ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from flowstyle.core.errors import FlowstyleError, LimitError, OutputError, VideoError
from flowstyle.flow.methods.files import (
    FolderFlow,
    flow_name,
    read_flo,
    read_flow,
    read_kitti,
    write_flo,
    write_kitti,
)
from scripts.common.motion import motion_clip


@pytest.fixture
def flow() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 5, (2, 7, 11)).astype(np.float32)


def test_flo_is_what_opencv_reads_and_writes(tmp_path: Path, flow: np.ndarray) -> None:
    path = tmp_path / "a.flo"
    write_flo(path, flow)
    np.testing.assert_array_equal(cv2.readOpticalFlow(str(path)), flow.transpose(1, 2, 0))
    cv2.writeOpticalFlow(str(path), np.ascontiguousarray(flow.transpose(1, 2, 0)))
    got, valid = read_flow(path)
    np.testing.assert_array_equal(got, flow)
    assert valid.all()


def test_flo_marks_unknown_vectors(tmp_path: Path, flow: np.ndarray) -> None:
    flow[0, 1, 2], flow[1, 3, 4], flow[0, 0, 0] = np.nan, 2e9, np.inf
    write_flo(tmp_path / "a.flo", flow)
    got, valid = read_flo(tmp_path / "a.flo")
    assert np.argwhere(~valid).tolist() == [[0, 0], [1, 2], [3, 4]]
    assert (got[:, ~valid] == 0).all()


@pytest.mark.parametrize(
    ("damage", "error", "words"),
    [
        (lambda data: b"", VideoError, "PIEH"),
        (lambda data: data[:9], VideoError, "PIEH"),
        (lambda data: b"<htm" + data[4:], VideoError, "PIEH"),
        (lambda data: data[:-1], VideoError, "damaged"),
        (lambda data: data + b"x", VideoError, "damaged"),
        (lambda data: data[:4] + np.array([-3, 7], "<i4").tobytes(), VideoError, "size of -3"),
        (lambda data: data[:4] + np.array([0, 7], "<i4").tobytes(), VideoError, "size of 0"),
        (lambda data: data[:4] + np.array([2**31 - 1] * 2, "<i4").tobytes(), LimitError, "more"),
    ],
)
def test_damaged_flo(tmp_path: Path, flow: np.ndarray, damage, error, words: str) -> None:
    path = tmp_path / "a.flo"
    write_flo(path, flow)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(error, match=words) as caught:
        read_flo(path)
    assert caught.value.where == str(path)
    assert caught.value.advice


def test_any_bytes_end_in_an_explained_error(tmp_path: Path, flow: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    path = tmp_path / "a.flo"
    write_flo(path, flow)
    good = path.read_bytes()
    for _ in range(200):
        data = bytearray(good[: rng.integers(0, len(good) + 1)])
        for _ in range(3):
            if data:
                data[rng.integers(0, min(len(data), 16))] = rng.integers(0, 256)
        path.write_bytes(data)
        try:
            read_flo(path)
        except FlowstyleError:
            continue
        assert len(data) == len(good)


def test_missing_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.flo", tmp_path, tmp_path / "none.png"):
        with pytest.raises(VideoError, match="cannot read"):
            read_flow(path)


def test_unwritable(tmp_path: Path, flow: np.ndarray) -> None:
    with pytest.raises(OutputError):
        write_flo(tmp_path / "none" / "a.flo", flow)
    with pytest.raises(OutputError):
        write_kitti(tmp_path / "none" / "a.png", flow)


def test_kitti_by_hand_and_round_trip(tmp_path: Path, flow: np.ndarray) -> None:
    picture = np.zeros((1, 2, 3), np.uint16)
    picture[0, 0] = (1, 2**15 - 64, 2**15 + 32)  # OpenCV's order: valid, v, u
    (tmp_path / "hand.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    got, valid = read_kitti(tmp_path / "hand.png")
    assert got[:, 0, 0].tolist() == [0.5, -1.0]
    assert valid.tolist() == [[True, False]]

    known = np.ones(flow.shape[1:], bool)
    known[2, 3] = False
    write_kitti(tmp_path / "a.png", flow, known)
    got, valid = read_flow(tmp_path / "a.png")
    np.testing.assert_array_equal(valid, known)
    assert np.abs(got - flow)[:, known].max() <= 1 / 128 + 1e-6


def test_kitti_refuses_other_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes())
    with pytest.raises(VideoError, match="KITTI"):
        read_kitti(path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(VideoError, match="KITTI"):
        read_kitti(path)
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (2**30).to_bytes(4) * 2 + b"\0" * 9)
    with pytest.raises(LimitError):
        read_kitti(path)


def test_folder_names_count_from_one_and_put_the_target_first() -> None:
    assert flow_name(1, 0) == "backward_2_1"
    assert flow_name(0, 1) == "forward_1_2"
    assert flow_name(0, 10) == "forward_1_11"


def test_folder_serves_the_pair_at_the_frames_size(tmp_path: Path, flow: np.ndarray) -> None:
    write_flo(tmp_path / "backward_2_1.flo", flow)
    write_kitti(tmp_path / "forward_1_2.png", flow)
    serve = FolderFlow(tmp_path)
    same = torch.zeros(1, 3, 7, 11)
    np.testing.assert_array_equal(serve(same, same, (1, 0))[0].numpy(), flow)
    double = torch.zeros(1, 3, 14, 22)
    got = serve(double, double, (0, 1))
    assert got.shape == (1, 2, 14, 22)
    np.testing.assert_allclose(got.mean(), 2 * flow.mean(), atol=0.05)


def test_a_pair_without_a_file_is_chained_from_those_between(tmp_path: Path) -> None:
    """Of a synthetic clip whose flow over three frames is known exactly."""
    clip = motion_clip(96, 54, 4, pan=True)
    for low in range(3):
        for target, source in ((low, low + 1), (low + 1, low)):
            flow = clip.flow(target, source)
            write_flo(tmp_path / f"{flow_name(target, source)}.flo", flow)
    serve, image = FolderFlow(tmp_path), torch.zeros(1, 3, 54, 96)
    for target, source in ((0, 3), (3, 0)):
        steps = range(target, source, 1 if source > target else -1)
        shown = ~np.any([clip.occluded(target, s) | clip.off_frame(target, s) for s in steps], 0)
        shown &= ~(clip.occluded(target, source) | clip.off_frame(target, source))
        error = np.abs(serve(image, image, (target, source))[0].numpy() - clip.flow(target, source))
        assert np.median(error[:, shown]) < 0.01
        assert np.abs(clip.flow(target, source))[:, shown].max() > 5
    (tmp_path / "forward_2_3.flo").unlink()
    with pytest.raises(VideoError, match="frame 1 into frame 2 is missing"):
        serve(image, image, (0, 3))


def test_folder_errors(tmp_path: Path, flow: np.ndarray) -> None:
    serve = FolderFlow(tmp_path)
    image = torch.zeros(1, 3, 7, 11)
    with pytest.raises(VideoError, match="frame 1 into frame 0 is missing") as caught:
        serve(image, image, (1, 0))
    assert caught.value.where.endswith("backward_2_1.flo")
    with pytest.raises(ValueError, match="indices"):
        serve(image, image)
    write_flo(tmp_path / "backward_2_1.flo", flow)
    with pytest.raises(VideoError, match="another shape"):
        serve(torch.zeros(1, 3, 40, 11), torch.zeros(1, 3, 40, 11), (1, 0))
    flow[0, 0, 0] = np.nan
    write_flo(tmp_path / "backward_2_1.flo", flow)
    with pytest.raises(VideoError, match="1 vectors"):
        serve(image, image, (1, 0))


PEERS = Path(__file__).parents[3] / "shared/peers/artistic-videos"
MARPLE = Path(__file__).parents[3] / "shared/clips/marple8"


@pytest.mark.shared
@pytest.mark.skipif(not PEERS.is_dir(), reason="the shared reference flows are not here")
@pytest.mark.parametrize(("target", "source"), [(1, 0), (0, 1), (2, 1), (1, 2)])
def test_reading_of_names_fits_the_reference_frames(target: int, source: int) -> None:
    from flowstyle.flow.warp import warp

    def frame(index: int) -> torch.Tensor:
        image = cv2.imread(str(MARPLE / f"marple8_{index + 1:02d}.ppm"))
        return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32))[None]

    flow = FolderFlow(PEERS)(frame(target), frame(source), (target, source))
    right = (warp(frame(source), flow) - frame(target)).abs().mean()
    wrong = (warp(frame(target), flow) - frame(source)).abs().mean()
    assert right < 3.2
    assert wrong > 2 * right
