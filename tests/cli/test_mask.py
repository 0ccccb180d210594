"""``flowstyle mask`` on the command line."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner, Result

from flowstyle.cli import flow, mask
from flowstyle.core.errors import OutputError, VideoError
from flowstyle.flow.masks import reference_trust
from flowstyle.flow.methods.files import write_flo, write_kitti
from scripts.common.motion import motion_clip


@pytest.fixture
def flows(tmp_path: Path) -> tuple[Path, Path]:
    clip = motion_clip(64, 36, 2, pan=True)
    write_flo(tmp_path / "there.flo", clip.flow(1, 0))
    write_flo(tmp_path / "back.flo", clip.flow(0, 1))
    return tmp_path / "there.flo", tmp_path / "back.flo"


def invoke(*arguments: object) -> Result:
    app = typer.Typer()
    flow.register(app)
    mask.register(app)
    return CliRunner().invoke(app, ["mask", *map(str, arguments)])


def test_mask_is_the_reference_rule(flows: tuple[Path, Path], tmp_path: Path) -> None:
    result = invoke(*flows, "-o", tmp_path / "m.png")
    assert result.exit_code == 0, result.output
    clip = motion_clip(64, 36, 2, pan=True)
    pair = (torch.from_numpy(clip.flow(*p))[None] for p in ((1, 0), (0, 1)))
    expected = np.floor(255 * reference_trust(*pair)[0, 0].numpy())
    got = cv2.imread(str(tmp_path / "m.png"), cv2.IMREAD_UNCHANGED)
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, expected)
    assert 0 < (got < 128).mean() < 0.5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["back.flo", "m.png", "there.flo"]


def test_refusals(flows: tuple[Path, Path], tmp_path: Path) -> None:
    there, back = flows
    output = tmp_path / "m.png"
    output.write_bytes(b"old")
    assert isinstance(invoke(there, back, "-o", output).exception, OutputError)
    assert output.read_bytes() == b"old"
    assert invoke(there, back, "-o", output, "--overwrite").exit_code == 0

    def refused(*arguments: object, words: str) -> None:
        error = invoke(*arguments).exception
        assert isinstance(error, VideoError | OutputError)
        assert words in str(error)

    refused(there, back, "-o", tmp_path / "m.jpg", words=".png")
    refused(there, back, "-o", tmp_path / "none" / "m.png", words="folder")
    refused(there, tmp_path / "none.flo", "-o", tmp_path / "n.png", words="cannot read")
    write_flo(tmp_path / "small.flo", np.zeros((2, 5, 5), np.float32))
    refused(there, tmp_path / "small.flo", "-o", tmp_path / "n.png", words="differ in size")
    valid = np.zeros((36, 64), bool)
    write_kitti(tmp_path / "sparse.png", np.zeros((2, 36, 64), np.float32), valid)
    refused(there, tmp_path / "sparse.png", "-o", tmp_path / "n.png", words="unknown")
    assert not (tmp_path / "n.png").exists()
    write_kitti(tmp_path / "k.png", np.zeros((2, 36, 64), np.float32), ~valid)
    refused(tmp_path / "k.png", back, "-o", tmp_path / "k.png", "--overwrite", words="is read")
