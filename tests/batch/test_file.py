"""A file of jobs read: which renders it asks for, and what is said of a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import typer

from flowstyle.batch.file import Batch, read_batch
from flowstyle.batch.job import result_name
from flowstyle.batch.options import OWN, output_names, plain, setting_names
from flowstyle.batch.sources import would_find
from flowstyle.cli.main import app
from flowstyle.core.errors import FlowstyleError
from flowstyle.settings import Settings

Read = Callable[[str], Batch]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes a file of jobs beside two clips and two pictures, and reads it."""
    (tmp_path / "in").mkdir()
    for name in ("in/b10.mp4", "in/b9.mp4", "in/notes.txt", "night.jpg", "waves.jpg"):
        (tmp_path / name).touch()

    def write(text: str) -> Batch:
        file = tmp_path / "jobs.toml"
        file.write_text(text, encoding="utf-8")
        return read_batch(file)

    return write


def refused(read: Read, text: str) -> FlowstyleError:
    with pytest.raises(FlowstyleError) as caught:
        read(text)
    return caught.value


ONE = '[[job]]\nclip = "in/b9.mp4"\nstyle = "night.jpg"\n'


def test_clips_times_styles_times_settings_in_order(read: Read, tmp_path: Path) -> None:
    batch = read(
        """
        [defaults]
        output = "out/{clip}_{style}_{settings}.mov"
        preset = "draft"
        [settings.soft]
        style-weight = 3
        [settings.bold]
        style_weight = 10
        [[job]]
        clip = "in/*.mp4"
        style = ["night.jpg", ["night.jpg", "waves.jpg"]]
        settings = ["soft", "bold"]
        """
    )
    assert [job.name for job in batch.jobs] == [
        "b9.mp4 × night.jpg, soft",  # 9 before 10
        "b9.mp4 × night.jpg, bold",
        "b9.mp4 × night.jpg + waves.jpg, soft",
        "b9.mp4 × night.jpg + waves.jpg, bold",
        "b10.mp4 × night.jpg, soft",
        "b10.mp4 × night.jpg, bold",
        "b10.mp4 × night.jpg + waves.jpg, soft",
        "b10.mp4 × night.jpg + waves.jpg, bold",
    ]
    assert [job.number for job in batch.jobs] == list(range(1, 9))
    assert batch.jobs[0].settings == Settings.from_preset("draft", style_weight=3)
    assert batch.jobs[3].settings == Settings.from_preset("draft", style_weight=10)
    assert batch.jobs[3].path == tmp_path / "out" / "b9_night_waves_bold.mov"
    assert batch.jobs[3].styles == (tmp_path / "night.jpg", tmp_path / "waves.jpg")


def test_a_job_counts_more_than_defaults_and_its_settings_count_most(read: Read) -> None:
    batch = read(
        """
        [defaults]
        width = 100
        dilate = 1
        quality = 20
        [[job]]
        clip = "in/b9.mp4"
        style = "night.jpg"
        mask_dilate = 2
        width = 200
        settings = {width = 300}
        [[job]]
        clip = "in/b10.mp4"
        style = "night.jpg"
        quality = 30
        """
    )
    first, second = batch.jobs
    assert (first.settings.width, first.settings.mask_dilate, first.output.quality) == (300, 2, 20)
    assert (second.settings.width, second.settings.mask_dilate, second.output.quality) == (
        100,
        1,
        30,
    )
    assert first.given == {"width", "mask_dilate"}


def test_options_of_run_by_their_long_names(read: Read, tmp_path: Path) -> None:
    (tmp_path / "flo").mkdir()
    (job,) = read(
        ONE
        + """
        fps = 29.97
        pix-fmt = "yuv444p"
        on-corrupt = "repeat"
        budget = "1h30m"
        blend = [1]
        audio = "none"
        weights = "nets/vgg.pth"
        flow = "flo"
        long_term = [1, 5]
        """
    ).jobs
    assert job.output.rate == Fraction(30000, 1001)
    assert (job.output.pixel_format, job.output.on_corrupt) == ("yuv444p", "repeat")
    assert (job.budget, job.blend, job.output.audio) == (5400.0, (1.0,), "none")
    assert job.settings.weights == tmp_path / "nets" / "vgg.pth"
    assert job.settings.flow == str(tmp_path / "flo")
    assert job.settings.long_term == (1, 5)
    (plainly,) = read(ONE + 'flow = "dis"').jobs
    assert plainly.settings.flow == "dis"


def test_every_option_of_run_can_be_written() -> None:
    """An option that is added to ``run`` appears in files by itself, or this names it."""
    group: Any = typer.main.get_command(app)
    options = {
        plain(flag.removeprefix("--"))
        for one in group.commands["run"].params
        if one.param_type_name == "option"
        for flag in one.opts
        if flag.startswith("--")
    }
    # A file says shared_disk = false.
    of_the_command = {"estimate", "tune", "no_defaults", "verbose", "quiet", "json"}
    of_the_command |= {"no_shared_disk"}
    assert options - set(OWN) - setting_names().keys() - output_names().keys() == of_the_command
    assert not setting_names().keys() & output_names().keys()
    assert not set(OWN) & (setting_names().keys() | output_names().keys())


def test_settings_from_a_file_of_their_own(read: Read, tmp_path: Path) -> None:
    (tmp_path / "fine.toml").write_text("preset = 'draft'\niterations = 9\n", encoding="utf-8")
    (job,) = read(ONE + 'settings = "fine.toml"').jobs
    assert (job.settings.preset, job.settings.iterations, job.variant) == ("draft", 9, "fine")
    assert job.path.name == "b9_night_fine.mp4"


def test_a_network_is_looked_for_by_its_plain_name(read: Read, tmp_path: Path) -> None:
    text = '[[job]]\nclip = "in/b9.mp4"\nstyle = "candy.safetensors"\n'
    (job,) = read(text).jobs
    assert job.styles == (Path("candy.safetensors"),)
    assert job.settings.engine == "network"
    assert "cannot paint with a trained network" in refused(read, text + "engine='optimised'").what
    (tmp_path / "candy.safetensors").touch()
    assert read(text).jobs[0].styles == (tmp_path / "candy.safetensors",)


def test_a_bare_name_of_a_network_is_a_style_as_in_run(read: Read, tmp_path: Path) -> None:
    text = '[[job]]\nclip = "in/b9.mp4"\nstyle = ["candy", "night.jpg"]\n'
    network, picture = read(text).jobs
    assert network.styles == (Path("candy.safetensors"),)
    assert network.settings.engine == "network"
    assert network.path.name == "b9_candy-network.mp4"
    assert picture.path.name == "b9_night.mp4"
    (tmp_path / "candy").touch()  # beside the file of jobs, whatever folder the command is given in
    assert read(text).jobs[0].styles == (tmp_path / "candy",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no job"),
        ('[job]\nclip = "in/b9.mp4"', "[job] stands in place of [[job]]"),
        ("[[jobs]]\n", "did you mean job?"),
        ("job = 3", "there is no job"),
        ("defaults = 3\n" + ONE, "'defaults' is no table"),
        ("settings = {soft = 3}\n" + ONE, "'settings' is no table"),
        ("[[job]]\nclip = ", "cannot be read: Invalid value"),
        (ONE + "widht = 40", "did you mean width?"),
        (ONE + 'settings = {codec = "av1"}', "it belongs into [[job]] or [defaults]"),
        (ONE + 'settings = "soft"', "write them below [settings.soft]"),
        ("[settings.soft]\n" + ONE + 'settings = ["sotf"]', "did you mean 'soft'?"),
        ("[settings.soft]\nwidht = 4\n" + ONE, "[settings.soft]"),
        ('[[job]]\nclip = "in/b9.mp4"', "style is missing"),
        ('[[job]]\nclip = 7\nstyle = "night.jpg"', "clip = 7 is no path"),
        ('[[job]]\nclip = "in/*.mov"\nstyle = "night.jpg"', "no clip matches 'in/*.mov'"),
        (ONE + 'output = "{clp}.mp4"', "did you mean {clip}?"),
        (ONE + "output = 3", "output = 3 is no text"),
        (ONE + 'quality = "good"', "quality = 'good'"),
        (ONE + 'on_corrupt = "skip"', "'stop' or 'repeat'"),
        (ONE + 'blend = "0.5,0.5"', "write blend = [0.7, 0.3]"),
        (ONE + "budget = 90", "'90' is not a time"),
        (ONE + 'fps = "fast"', "'fast' is not a number of frames a second"),
        (ONE + 'preset = "fast"', "there is no preset 'fast'"),
        (ONE + "stability = 3", "less than or equal to 1"),
    ],
)
def test_fault_a_wrong_file_is_refused_with_its_place(read: Read, text: str, said: str) -> None:
    error = refused(read, text)
    assert said in str(error)
    assert "jobs.toml" in error.where
    assert error.advice
    assert error.exit_code == 2


def test_fault_all_that_is_wrong_is_told_at_once(read: Read) -> None:
    error = refused(read, ONE + "widht = 1\n" + ONE + "hieght = 2\n" + ONE)
    assert "2 things prevent the batch" in error.what
    assert "[[job]] 1: there is no option 'widht'" in error.what
    assert "[[job]] 2: there is no option 'hieght'" in error.what
    assert error.exit_code == 2


def test_missing_clips_and_styles_are_told_beside_a_wrong_word(read: Read) -> None:
    wrong = '[[job]]\nclip = "no.mp4"\nstyle = ["night.jpg", "candy"]\nwidht = 1\n'
    error = refused(
        read, wrong + ONE.replace("night", "none") + ONE.replace("in/b9.mp4", "s/%04d.png")
    )
    assert "3 things prevent the batch" in error.what
    assert "[[job]] 1: there is no option 'widht'" in error.what
    assert "no.mp4 does not exist" in error.what
    assert "none.jpg does not exist" in error.what


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "jobs.toml").touch()
    with pytest.raises(FlowstyleError, match=r"did you mean .*jobs\.toml") as caught:
        read_batch(tmp_path / "job.toml")
    assert caught.value.exit_code == 2


def test_names_of_results() -> None:
    clip, styles = Path("in/beach.mov"), (Path("a/night.jpg"),)
    name = result_name("{folder}/{clip}_{style}{settings}.mp4", clip, styles, "", "job")
    assert name == "in/beach_night.mp4"
    frames = Path("shots/take 1/%04d.png")
    assert result_name("{clip}/%06d.png", frames, styles, "", "job") == "take 1/%06d.png"


def test_patterns_find_what_the_shell_would() -> None:
    assert would_find("/in/*.mp4", Path("/in/a.mp4"))
    assert not would_find("/in/*.mp4", Path("/in/deep/a.mp4"))
    assert not would_find("/in/*.mp4", Path("/out/in/a.mp4"))
    assert would_find("/in/**/*.mp4", Path("/in/deep/er/a.mp4"))
    assert would_find("/in/**/*.mp4", Path("/in/a.mp4"))
    assert not would_find("/in/**/*.mp4", Path("/out/a.mp4"))


def test_patterns_pass_over_work_folders(read: Read, tmp_path: Path) -> None:
    work = tmp_path / "in" / "b9_night.mp4.flowstyle"
    work.mkdir()
    (work / "preview.mp4").touch()
    batch = read('[[job]]\nclip = "in/**/*"\nstyle = "night.jpg"\noutput = "out/{clip}.mp4"')
    assert [job.clip.name for job in batch.jobs] == ["b9.mp4", "b10.mp4", "notes.txt"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(read: Read, tmp_path: Path) -> None:
    (tmp_path / "in" / "take[1].mp4").touch()
    (job,) = read('[[job]]\nclip = "in/take[1].mp4"\nstyle = "night.jpg"').jobs
    assert job.clip.name == "take[1].mp4"
