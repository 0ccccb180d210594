"""``flowstyle image`` on the command line, with a tiny network in place of the real ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from flowstyle.cli import image
from flowstyle.core.errors import OutputError, StyleImageError, UsageError
from flowstyle.features.registry import FEATURE_NETWORKS
from flowstyle.media.pictures import read_picture
from tests.helpers.network import TinyNetwork


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photograph, two styles, and the tiny network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(FEATURE_NETWORKS._parts, "auto", lambda request: TinyNetwork())
    rng = np.random.default_rng(0)
    for name, size in {"photo": (48, 36), "candy": (40, 40), "night": (30, 50)}.items():
        blocks = rng.integers(0, 255, (size[1] // 6, size[0] // 6, 3), np.uint8)
        Image.fromarray(blocks).resize(size).save(f"{name}.png")
    return tmp_path


def invoke(*arguments: object) -> Result:
    app = typer.Typer()
    image.register(app)
    app.callback()(lambda: None)
    return CliRunner().invoke(app, ["image", *map(str, arguments), "--device", "cpu"])


def test_default_output_is_named_after_its_sources_and_reported_as_json() -> None:
    result = invoke("photo.png", "candy.png", "night.png", "--iterations", 2, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "path": "photo_candy_night.png",
        "width": 48,
        "height": 36,
    }
    assert read_picture(Path("photo_candy_night.png")).shape == (36, 48, 3)


def test_a_painting_keeps_what_its_photograph_tells_or_names_it() -> None:
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "Model 1", 6
    photo = Image.open("photo.png")
    photo.save("photo.jpg", exif=exif.tobytes(), dpi=(300, 300), comment="mine")
    for name in ("out.jpg", "out.webp"):
        result = invoke("photo.jpg", "candy.png", "--iterations", 1, "-o", name)
        assert result.exit_code == 0, result.output
        assert ("not kept: comment" in result.stderr) == (name == "out.webp")
        with Image.open(name) as read:
            told = read.getexif()
        assert (told[0x0110], told[0x0112]) == ("Model 1", 1)
    with Image.open("out.jpg") as read:
        assert (read.info["dpi"], read.info["comment"]) == ((300, 300), b"mine")
    invoke("photo.jpg", "candy.png", "--iterations", 1, "--sweep", "-o", "sheet.jpg")
    with Image.open("sheet.jpg") as read:
        assert not read.getexif()


def test_options_reach_the_engine() -> None:
    common = ("photo.png", "candy.png", "--iterations", 3, "--quiet", "--style-layers", "relu1_1")
    results = {}
    for name, more in {
        "plain": (),
        "again": (),
        "ratio": ("--alpha-beta", "1e-3"),
        "noise": ("--start", "noise"),
        "colours": ("--original-colors",),
        "matched": ("--match-colors",),
        "wide": ("--width", 64),
        "lbfgs": ("--optimizer", "lbfgs"),
        "scale": ("--style-scale", 2),
        "swd": ("--style-loss", "sliced"),
    }.items():
        result = invoke(*common, *more, "-o", f"{name}.png")
        assert result.exit_code == 0, (name, result.output, result.exception)
        assert result.output == ""
        results[name] = read_picture(Path(f"{name}.png"))
    assert np.array_equal(results["plain"], results.pop("again"))
    assert results["wide"].shape == (48, 64, 3)
    del results["wide"]
    names = list(results)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            assert not np.array_equal(results[a], results[b]), (a, b)


def test_the_settings_beside_a_picture_make_it_again() -> None:
    asked = ("--blend", "1,3", "--start", "noise", "--alpha-beta", "1e-2", "--iterations", 3)
    pictures = ("photo.png", "candy.png", "night.png")
    first = invoke(*pictures, *asked, "--width", 40, "-o", "out.png", "--quiet")
    again = invoke(*pictures, "--settings", "out.png.toml", "-o", "again.png", "--quiet")
    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert Path("out.png").read_bytes() == Path("again.png").read_bytes()
    assert "flowstyle image photo.png candy.png night.png" in Path("out.png.toml").read_text()
    # A sheet of several is not made again by one file, least of all by that of a picture before.
    sweep = invoke(
        *pictures[:2], "--sweep", "--iterations", 1, "-o", "out.png", "--overwrite", "--quiet"
    )
    assert sweep.exit_code == 0, sweep.output
    assert not Path("out.png.toml").exists()


def test_that_pictures_are_blended_is_said() -> None:
    result = invoke("photo.png", "candy.png", "night.png", "--blend", "1,3", "--iterations", 1)
    assert "styles: blended: 25% of candy, 75% of night" in result.stderr
    assert "styles:" not in invoke("photo.png", "candy.png", "--iterations", 1).stderr


def test_a_file_of_the_users_own_is_not_replaced() -> None:
    Path("out.png.toml").write_text("width = 12\n")
    result = invoke("photo.png", "candy.png", "--iterations", 1, "-o", "out.png")
    assert result.exit_code == 0, result.output
    assert "settings are not kept" in result.stderr
    assert Path("out.png.toml").read_text() == "width = 12\n"


@pytest.mark.parametrize("output", ["photo.png", "candy.png", "link.png", "hard.png"])
@pytest.mark.parametrize("more", [(), ("--overwrite",)])
def test_an_output_that_is_an_input_is_refused(output: str, more: tuple[str, ...]) -> None:
    Path("link.png").symlink_to("photo.png")
    Path("hard.png").hardlink_to("candy.png")
    before = Path(output).read_bytes()
    result = invoke("photo.png", "candy.png", "--iterations", 1, "-o", output, *more)
    assert isinstance(result.exception, OutputError)
    assert "would replace what is read" in str(result.exception)
    assert Path(output).read_bytes() == before


def test_sweep_is_a_contact_sheet_of_six() -> None:
    result = invoke("photo.png", "candy.png", "--sweep", "--iterations", 2)
    assert result.exit_code == 0, (result.output, result.exception)
    assert not Path("photo_candy.png").exists()  # the painting's own name
    height, width = read_picture(Path("photo_candy_sweep.png")).shape[:2]
    assert width >= 3 * 48
    assert height >= 2 * 36


def test_reconstruction_of_photo_and_of_style() -> None:
    for arguments, path in {
        ("photo.png",): "photo_relu4_2.png",
        ("photo.png", "candy.png"): "candy_relu4_2.png",
    }.items():
        result = invoke(*arguments, "--reconstruct", "relu4_2", "--iterations", 3)
        assert result.exit_code == 0, (result.output, result.exception)
        assert Path(path).is_file()


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("none.png", "candy.png"), StyleImageError, "does not exist"),
        (("photo.png", "none.png"), StyleImageError, "does not exist"),
        (("photo.png",), UsageError, "no style picture"),
        (("photo.png", "candy.png", "-o", "a.exe"), OutputError, "cannot be written as"),
        (("photo.png", "candy.png", "-o", "night.png"), OutputError, "exists"),
        (("photo.png", "candy.png", "--width", 8), UsageError, "width"),
        (("photo.png", "candy.png", "--blend", "a,b"), UsageError, "not a list of numbers"),
        (("photo.png", "candy.png", "--blend", "1,2"), UsageError, "blend weights"),
        (("photo.png", "candy.png", "--alpha-beta", 0), UsageError, "not above 0"),
        (
            ("photo.png", "candy.png", "--alpha-beta", 1e-3, "--style-weight", 3),
            UsageError,
            "ratio was given beside weights",
        ),
        (("photo.png", "candy.png", "--sweep", "--reconstruct", "relu1_1"), UsageError, "exclude"),
        (("photo.png", "candy.png", "--start", "warped"), UsageError, "--start"),
    ],
)
def test_wrong_use_is_explained_and_writes_nothing(
    folder: Path, arguments: tuple[object, ...], kind: type[Exception], message: str
) -> None:
    before = sorted(folder.iterdir())
    result = invoke(*arguments, "--iterations", 1)
    assert isinstance(result.exception, kind), result.exception
    assert message in str(result.exception).replace("_", ".").replace("-", ".") or message in str(
        result.exception
    )
    assert sorted(folder.iterdir()) == before
