"""Wrong commands as people type them: an exit code and a hint for each, and nothing is made."""

from __future__ import annotations

import shlex
from pathlib import Path

import cv2
import pytest

from flowstyle.cli.arguments import HELP, PROGRAM
from flowstyle.cli.main import COMMANDS, app, run
from flowstyle.cli.other_words import OPTIONS, VALUES, option_for, value_for
from flowstyle.cli.usage import options_of
from flowstyle.core.errors import UsageError
from flowstyle.media import avif
from flowstyle.settings import Settings, load_settings, preset_names
from tests.helpers.media import picture, write_clip, write_pictures

FRAMES = "frames/0000.PNG frames/0001.PNG frames/0002.PNG"

WRONG = {
    # the command
    "clip.mp4 style.png": (2, "flowstyle run clip.mp4 style.png"),
    "style.png other.png": (2, "flowstyle image style.png other.png"),
    "-o out.mp4 clip.mp4 style.png": (2, "flowstyle run -o out.mp4 clip.mp4 style.png"),
    "--preset draft run clip.mp4 style.png": (2, "begin with flowstyle run"),
    "rnu clip.mp4 style.png": (2, "flowstyle run clip.mp4 style.png"),
    "RUN clip.mp4 style.png": (2, "flowstyle run clip.mp4 style.png"),
    "stylize clip.mp4 style.png": (2, "flowstyle run clip.mp4 style.png"),
    "flowstyle run clip.mp4 style.png": (2, "write flowstyle run clip.mp4 style.png"),
    "'run clip.mp4 style.png'": (2, "write flowstyle run clip.mp4 style.png"),
    "run run clip.mp4 style.png": (2, "flowstyle run clip.mp4 style.png"),
    "rnu --help": (2, "flowstyle run --help"),
    "help run": (2, "flowstyle run --help"),
    "-v": (2, "flowstyle --version"),
    "frobnicate": (
        2,
        "the commands are run, preview, batch, image, train, styles, presets, weights, flow, "
        "mask, debug, compare, eval, report, doctor, studio",
    ),
    # what these commands are called elsewhere, and what new users try
    "run clip.mp4 candy.jpg": (11, "candy is a trained network: give candy without the ending"),
    "run clip.mp4 Candy": (11, "did you mean candy?"),
    "preview clip.mp4 Candy": (11, "did you mean candy?"),
    "run clip.mp4 style.png --preset drat": (2, "did you mean --preset draft? (choose one of"),
    "run clip.mp4 vgg.pth": (11, "a network made by flowstyle train"),
    "run clip.mp4 candy waves": (2, "give one network alone: candy;"),
    "run clip.mp4 style.png --settings typo.toml": (2, "did you mean width?"),
    "run clip.mp4 style.png --settings style.png": (2, "lines such as iterations = 12"),
    "run clip.mp4 style.png --helpall": (2, "--help-all?"),
    "run clip.mp4 style.png --config my.toml": (2, "--settings my.toml?"),
    "run clip.mp4 style.png --version": (2, "flowstyle --version?"),
    "run clip.mp4 style.png -v": (2, "--verbose?"),
    "studio --port 99999": (2, "give 65535 or less"),
    "run clip.mp4 style.png --workers 0": (2, "give 1 or more"),
    "run clip.mp4 style.png --width half": (2, "a whole number, 16 to 16384 (pixels)"),
    "run clip.mp4 style.png --width 3": (2, "a whole number, 16 to 16384 (pixels)"),
    "run clip.mp4 style.png --frames 0": (2, "a whole number, ≥ 1 (frames)"),
    "run clip.mp4 style.png --stability much": (2, "a number, 0 to 1"),
    "run clip.mp4 style.png --stability 700": (2, "a number, 0 to 1"),
    "run clip.mp4 style.png --optimizer sgd": (2, "adam or lbfgs"),
    "run clip.mp4 style.png --engine fast": (2, "--engine network?"),
    "run clip.mp4 style.png --weights vgg19": (18, "flowstyle weights lists"),
    "image style.png other.png -o out": (12, "out.png"),
    "train": (2, "flowstyle train STYLE.jpg"),
    "train candy": (2, "flowstyle train STYLE.jpg --start candy.safetensors"),
    "presets drft": (2, "did you mean draft?"),
    "presets list": (2, "flowstyle presets"),
    "presets show draft": (2, "flowstyle presets draft"),
    "preset draft": (2, "flowstyle presets draft"),
    "styles list": (2, "flowstyle styles"),
    "styles show candy": (2, "flowstyle styles candy"),
    "models": (2, "flowstyle styles"),
    "config": (2, "flowstyle presets"),
    "completion": (2, "flowstyle --install-completion"),
    "weight fetch": (2, "flowstyle weights fetch"),
    "weights download": (2, "flowstyle weights fetch"),
    "weights fetch vgg19": (2, "flowstyle weights fetch; a file"),
    "doctor --verbose": (2, "it is one of flowstyle run, eval"),
    # words that are missing, too many, or empty
    "run": (2, "flowstyle run CLIP.mp4 STYLE.jpg"),
    "run clip.mp4": (2, "flowstyle run clip.mp4 STYLE.jpg"),
    "run .": (2, "flowstyle run . STYLE.jpg"),
    "run style.png": (2, "flowstyle run CLIP.mp4 style.png"),
    "run clip.mp4 out.mp4": (2, "flowstyle run clip.mp4 STYLE.jpg -o out.mp4"),
    "flow": (2, "flowstyle flow CLIP.mp4"),
    "flow clip.mp4 out.mp4": (2, "flowstyle flow clip.mp4 -o out.mp4"),
    "flow frames/0000.PNG frames/0001.PNG": (2, "flowstyle flow frames"),
    "eval clip.mp4": (2, "flowstyle eval CLIP.mp4 STYLED.mp4"),
    "eval clip.mp4 other.mp4 style.png": (2, "eval clip.mp4 other.mp4 --style style.png"),
    "mask a.flo b.flo": (2, "-o MASK.png"),
    "mask a.flo b.flo out.png": (2, "flowstyle mask a.flo b.flo -o out.png"),
    "doctor a b": (2, "write it like flowstyle doctor"),
    "run '' style.png": (2, "is a variable of the shell not set?"),
    "run clip.mp4 style.png -o ''": (2, "is a variable of the shell not set?"),
    "run my clip.mp4 style.png": (2, "flowstyle run 'my clip.mp4' style.png"),
    # one thing in the place of another
    "run style.png clip.mp4": (2, "flowstyle run clip.mp4 style.png"),
    "run style.png frames": (2, "flowstyle run frames style.png"),
    f"run {FRAMES} style.png": (2, "flowstyle run frames style.png"),
    "run style.png other.png": (10, "flowstyle image style.png other.png"),
    "run frames/0000.PNG style.png": (10, "of frames give their folder, frames"),
    "flow style.png": (10, "of frames give a folder of their own"),
    "run song.mp3 style.png": (10, "give a video or a folder of frames"),
    "run . style.png": (2, "put the style elsewhere"),
    "run videos style.png": (10, "it holds videos: give one of them, for instance videos/one.mp4"),
    "run nested style.png": (10, "the folder in it that holds the pictures: nested/sub"),
    "run net.safetensors clip.mp4": (2, "flowstyle run clip.mp4 net.safetensors"),
    "run net.safetensors style.png": (2, "flowstyle run CLIP.mp4 net.safetensors"),
    "run net.safetensors": (2, "flowstyle run CLIP.mp4 net.safetensors"),
    "image net.safetensors style.png": (2, "flowstyle image style.png net.safetensors"),
    "image net.safetensors": (2, "flowstyle image PHOTO.jpg net.safetensors"),
    "run clip.mp4 net.safetensors --engine optimised": (2, "leave --engine out"),
    "image style.png net.safetensors --engine optimised": (2, "leave --engine out"),
    "run clip.mp4 net.safetensors": (18, "flowstyle styles lists those there are"),
    "run clip.mp4 candi.safetensors": (18, "did you mean candy?"),
    "run clip.mp4 candi": (11, "did you mean candy?"),
    "run clip.mp4 nothing": (11, "flowstyle styles lists those there are: candy"),
    "image style.png wavse": (11, "did you mean waves?"),
    "run candy clip.mp4": (2, "flowstyle run clip.mp4 candy"),
    "styles candi": (18, "did you mean candy?"),
    "styles sytle.png": (11, "did you mean style.png?"),
    "styles style.png": (11, "flowstyle train style.png makes one"),
    "image other.png style.png --engine network": (
        2,
        "flowstyle train style.png -o style.safetensors",
    ),
    "styles a b": (2, "write it like flowstyle styles NAME --show STYLE.png"),
    "styles nothing": (18, "flowstyle styles lists those there are"),
    "image clip.mp4": (11, "flowstyle run clip.mp4 STYLE.jpg"),
    "image clip.mp4 style.png": (11, "flowstyle run clip.mp4 style.png"),
    "image frames style.png": (11, "flowstyle run frames style.png"),
    "run clip.mp4 style.png out.mp4": (2, "flowstyle run clip.mp4 style.png -o out.mp4"),
    "run clip.mp4 style.png other.mp4": (2, "-o other.mp4 --overwrite"),
    "run clip.mp4 style.png out.png": (11, "is it the result? -o names that"),
    "run clip.mp4 other.mp4": (11, "ffmpeg -i other.mp4 -frames:v 1"),
    "run clip.mp4 other.mp4 style.png": (11, "one at a time"),
    "run clip.mp4 song.mp3": (11, "the clip's own sound is kept"),
    "run clip.mp4 frames": (11, "give a picture in it: frames/0000.PNG"),
    "run clip.mp4 style.png frames": (11, "-o frames/NAME.mp4"),
    "run clip.mp4 style.png draft": (2, "--preset draft"),
    "run clip.mp4 style.png 400": (2, "--width 400"),
    "run clip.mp4 style.png -o out.png": (12, "-o out.mp4 for a video, -o out/%06d.png"),
    "flow clip.mp4 -o out.png": (12, "-o out.mp4 for a video"),
    "image style.png other.png -o out.mp4": (12, "-o out.png"),
    "eval clip.mp4 style.png": (2, "eval clip.mp4 STYLED.mp4 --style style.png"),
    "mask clip.mp4 other.mp4 -o m.png": (2, "flowstyle flow clip.mp4 --write-flo"),
    # names at which nothing is found
    "run clip.mov style.png": (10, "did you mean clip.mp4?"),
    "run clip.mp4 style.jpg": (11, "did you mean style.png?"),
    "run clip.mp4 https://example.org/style.png": (11, "addresses are not opened"),
    "run https://example.org/clip.mp4 style.png": (10, "download the clip first"),
    "run 'frames/*.PNG' style.png": (10, "for frames give the folder frames"),
    "run frames/none_%04d.png style.png": (10, "give the folder frames"),
    "run nowhere/%04d.png style.png": (10, "the folder nowhere does not exist"),
    "run frames/####.png style.png": (10, "is written frames/%04d.png"),
    "run clip.mp4 style.png clip.mp4": (2, "give it once: flowstyle run clip.mp4 style.png"),
    "run clip.mp4 style.png --deinterlace": (2, "leave it out: interlaced"),
    "run clip.mp4 style.png --no-subtitles": (2, "leave it out: subtitles are kept"),
    "run clip.mp4 style.png --crop 10:10": (2, "crop the clip first"),
    "run clip.mp4 'styles/*.png'": (11, "the folder styles does not exist"),
    "run \"'clip.mp4'\" style.png": (10, "leave out the quotes and blanks around the name"),
    "run clip.mp4 style.png,other.png": (11, "no commas: style.png other.png"),
    "run - style.png": (10, "the standard input is not read"),
    "run clip.mp4 style.png -o -": (12, "-o OUT.mp4"),
    "run clip.mp4 style.png --shots style.png": (2, "write one number a line"),
    "run clip.mp4 style.png -o no/such/out.mp4": (12, "mkdir -p"),
    "run clip.mp4 style.png --settings m.toml": (2, "did you mean my.toml?"),
    # options
    "run clip.mp4 style.png --gpu 0": (2, "--device cuda:0?"),
    "run --gpu clip.mp4 style.png": (2, "--device cuda:0?"),
    "run clip.mp4 style.png --no-audio": (2, "--audio none?"),
    "run clip.mp4 style.png --crf 20": (2, "--quality 20?"),
    "run clip.mp4 style.png -crf 20": (2, "--quality 20?"),
    "run clip.mp4 style.png --output-dir made": (2, "-o made/OUT.mp4?"),
    "run clip.mp4 style.png --resolution 1280x720": (2, "--width 1280?"),
    "run clip.mp4 --style style.png": (2, "flowstyle run CLIP.mp4 style.png?"),
    "run --content clip.mp4": (2, "flowstyle run clip.mp4 …?"),
    "run -i clip.mp4 style.png": (2, "flowstyle run clip.mp4 …?"),
    "run clip.mp4 style.png --iters 100": (2, "--iterations 100?"),
    "run clip.mp4 style.png --cpu": (2, "--device cpu?"),
    "run clip.mp4 style.png --cuda": (2, "--device cuda?"),
    "run clip.mp4 style.png --witdh 400": (2, "--width 400?"),
    "run clip.mp4 style.png --style_weight 9": (2, "--style-weight 9?"),
    "run clip.mp4 style.png -width 400": (2, "--width 400?"),
    "run clip.mp4 style.png -output out.mp4": (2, "--output out.mp4?"),
    "run clip.mp4 style.png –width 400": (2, "options begin with plain hyphens: --width"),
    "run clip.mp4 style.png -o=out.mp4": (2, "write -o out.mp4"),
    "run clip.mp4 style.png -o --overwrite": (2, "flowstyle run --help says which"),
    "run clip.mp4 style.png -o": (2, "flowstyle run --help says which"),
    "run clip.mp4 style.png --batch-size 4": (2, "one frame is painted after the other"),
    "run clip.mp4 style.png -o out.gif --loop 0": (2, "begin again by themselves"),
    "run clip.mp4 style.png --threads 8": (2, "put OMP_NUM_THREADS=8 before the command"),
    "run clip.mp4 style.png --foo": (2, "flowstyle run --help lists the options"),
    "run clip.mp4 style.png --quiet=yes": (2, "flowstyle run --help lists the options"),
    "flow clip.mp4 --sweeps 2": (2, "it is one of flowstyle run"),
    "image style.png other.png --fps 30": (
        2,
        "it is one of flowstyle run, preview, flow, comp",
    ),
    # values
    "run clip.mp4 style.png --preset defualt": (2, "--preset default?"),
    "run clip.mp4 style.png --preset fast": (2, "--preset draft?"),
    "run clip.mp4 style.png --width 1280x720": (2, "--width 1280, the height follows"),
    "run clip.mp4 style.png --width=720p": (2, "--width 1280, the width in pixels"),
    "run clip.mp4 style.png --width 400px": (2, "--width 400"),
    "run clip.mp4 style.png --frames 5-9": (2, "--start-frame 5 --frames 5"),
    "run clip.mp4 style.png --start-frame 0:10": (2, "frames are counted, not seconds"),
    "run clip.mp4 style.png --stability 60": (2, "--stability 0.6"),
    "run clip.mp4 style.png --stability 2": (2, "--stability 1, a share from 0 to 1"),
    "run clip.mp4 style.png --stability 60%": (2, "--stability 0.6"),
    "run clip.mp4 style.png --stability 0,6": (2, "--stability 0.6"),
    "run clip.mp4 style.png --long-term 1,0": (2, "see --help"),
    "run clip.mp4 style.png --quality high": (2, "--quality 16"),
    "run clip.mp4 style.png --codec h265": (2, "--codec hevc?"),
    "run clip.mp4 style.png --device gpu": (2, "--device cuda?"),
    "run clip.mp4 style.png --precision fp16": (2, "--precision bf16?"),
    "run clip.mp4 style.png --optimizer lbgfs": (2, "--optimizer lbfgs?"),
    "run clip.mp4 style.png --on-corrupt skip": (2, "--on-corrupt repeat?"),
    "run frames style.png --fps fast": (2, "or a fraction such as 30000/1001"),
    "run frames style.png --fps 30fps": (2, "--fps 30"),
    "run clip.mp4 style.png --tune 20s": (2, "or leave --tune out"),
    "run clip.mp4 style.png --budget 1.5h": (2, "for instance 30m, 90s or 1h30m"),
    "run clip.mp4 style.png --fps 30": (2, "leave --fps out"),
}
"""Commands without the program's name, to the exit code and what stands in the advice."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wrong")
    write_clip(folder / "clip.mp4", count=2)
    for name in ("other.mp4", "my clip.mp4", "videos/one.mp4"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes((folder / "clip.mp4").read_bytes())
    for name in ("style.png", "other.png"):
        cv2.imwrite(str(folder / name), picture(0, (64, 48), seed=7))
    write_pictures(folder / "frames", [f"{k:04d}.PNG" for k in range(4)])
    write_pictures(folder / "nested" / "sub", ["1.png"])
    (folder / "song.mp3").touch()
    (folder / "my.toml").touch()
    (folder / "typo.toml").write_text("widht = 64\n", encoding="utf-8")
    (folder / "vgg.pth").write_bytes(b"PK\x03\x04 no network")
    return folder


@pytest.mark.parametrize("command", WRONG)
def test_wrong_words_are_explained(
    command: str,
    inputs: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(inputs)
    before = sorted(inputs.rglob("*"))
    code, hint = WRONG[command]
    assert run(shlex.split(command)) == code
    what, _, advice = capsys.readouterr().err.rpartition("what to do: ")
    assert hint in advice
    assert "flowstyle: " in what
    assert sorted(inputs.rglob("*")) == before


def test_two_pictures_can_be_measured(inputs: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(inputs)
    assert run(["eval", "style.png", "other.png", "--judge", "farneback", "--quiet"]) == 0


def test_an_animated_avif_is_a_clip_and_a_still_one_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """As its first bytes say; there is no more of either here."""
    for brand in (b"avis", b"avif"):
        path = tmp_path / f"{brand.decode()}.avif"
        path.write_bytes(b"\x00\x00\x00\x1cftyp" + brand + bytes(16))
        assert run(["run", str(path), "style.png"]) == 10
        told = capsys.readouterr().err
        assert ("one picture, not a clip" in told) == (brand == b"avif")


@pytest.mark.parametrize("is_read", [True, False])
def test_a_still_avif_is_sent_on_where_it_is_read(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    is_read: bool,
):
    monkeypatch.setattr(avif, "is_read", lambda: is_read)
    path = tmp_path / "a.avif"
    path.write_bytes(b"\x00\x00\x00\x1cftypavif" + bytes(16))
    assert run(["run", str(path), "style.png"]) == 10
    told = capsys.readouterr().err
    assert (f"flowstyle image {path} style.png" in told) == is_read
    assert ("JPEG or PNG first" in told) != is_read
    assert run(["run", "clip.mp4", "style.png", "-o", "out.avif"]) == 12
    assert "out/%06d.png" in capsys.readouterr().err


def test_a_phones_photograph_is_not_sent_on_to_a_command_that_refuses_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """block/buzz#7666: a HEIC, of whose tiles video tools take one for the picture."""
    path = tmp_path / "IMG_1.HEIC"
    path.write_bytes(b"\x00\x00\x00\x1cftypheic" + bytes(16))
    assert run(["run", str(path), "style.png"]) == 10
    told = capsys.readouterr().err
    assert f"JPEG or PNG first, then flowstyle image {path.with_suffix('.jpg')} style.png" in told


@pytest.mark.parametrize("command", ["--help", "--version", "run --help", "run -h nonsense --foo"])
def test_help_is_given_whatever_else_was_typed(command: str, capsys: pytest.CaptureFixture[str]):
    assert run(command.split()) == 0
    assert "flowstyle" in capsys.readouterr().out


def test_a_command_alone_may_be_enough():
    assert run(["doctor"]) == 0


def test_no_word_at_all_shows_the_commands(capsys: pytest.CaptureFixture[str]):
    assert run([]) == 2
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


def test_words_that_are_right_pass(inputs: Path, monkeypatch: pytest.MonkeyPatch):
    """Up to the settings, which are replaced."""
    monkeypatch.chdir(inputs)
    read: list[dict[str, object]] = []

    def stop(options: dict[str, object], **named: object) -> Settings:
        read.append(options)
        raise UsageError("far enough")

    monkeypatch.setattr("flowstyle.cli.run.load_settings", stop)
    for words in (
        ["clip.mp4", "style.png", "other.png", "--width=64", "--quiet"],
        ["frames/%04d.PNG", "style.png", "-oout.mkv", "--measure"],
        ["--frames", "2", "frames", "style.png", "-o", "painted/%06d.png"],
        ["my clip.mp4", "./other.png", "--", "style.png"],
        ["-o", "out.webp", "clip.mp4", "style.png", "--no-measure", "--fps", "30"],
    ):
        read.clear()
        assert run(["run", *words]) == 2
        assert len(read) == 1, words


OURS = {name for options in options_of(app).values() for name in options} | {*HELP, *PROGRAM}


@pytest.mark.parametrize("words", OPTIONS)
def test_hints_name_options_that_exist(words: str):
    for word in words.split():
        hint = option_for(f"--{word}", "", [])
        named = [part.strip(",") for part in hint.split() if part.startswith("-")]
        assert set(named) <= OURS, hint
        assert f"--{word}" not in {"--output", "--width", "--quality"}


@pytest.mark.parametrize("option", VALUES)
def test_hints_name_values_that_are_taken(option: str):
    assert option in OURS
    for ours, others in VALUES[option].items():
        assert {value_for(option, other, []) for other in others.split()} == {ours}
        if option == "--preset":
            assert ours in preset_names()
        if option in ("--precision", "--optimizer", "--pooling", "--features", "--device"):
            load_settings({option.removeprefix("--"): ours})


def test_a_file_whose_name_begins_with_a_hyphen_is_meant_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    Path("-lead.mp4").write_bytes(b"")
    assert run(["run", "-lead.mp4", "style.png"]) == 2
    assert "did you mean ./-lead.mp4?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("resume clip.mp4 style.png", "did you mean flowstyle run clip.mp4 style.png?"),
        ("plan clip.mp4 style.png", "did you mean flowstyle preview clip.mp4 style.png?"),
        ("run clip.mp4 style.png --preset my.toml", "is given by --settings my.toml"),
        (
            "run clip.mp4 style.png --settings many.toml",
            "the value is no whole number (got 'many')",
        ),
        ("run clip.mp4 style.png other.png --blend 0,0", "and not 0 for all"),
        ("run clip.mp4 style.png --executor foo", "where:      --executor"),
    ],
)
def test_what_else_is_meant_is_said_in_words(
    command: str, hint: str, inputs: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(inputs)
    (inputs / "many.toml").write_text('iterations = "many"\n', encoding="utf-8")
    assert run(shlex.split(command)) == 2
    assert hint in capsys.readouterr().err


def test_a_preset_that_is_not_there_is_told_where_it_was_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["presets", "drft"]) == 2
    assert "where:      flowstyle presets drft\n" in capsys.readouterr().err
    assert run(["run", "clip.mp4", "style.png", "--preset", "drft"]) == 2
    assert "where:      --preset\n" in capsys.readouterr().err
