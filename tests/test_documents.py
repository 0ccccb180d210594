"""README and docs: every command in them runs, every link leads somewhere, every option exists.

Names in the documents stand for small files that are made here, and options that cost time are
replaced by the smallest. The commands of one section run one after the other in one folder, as a
reader would type them; results that were not named with ``-o`` are cleared away before the next.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import pytest
import typer

from flowstyle.cli.arguments import HELP, PROGRAM
from flowstyle.cli.main import app
from flowstyle.networks.names import network_names
from flowstyle.settings import preset_names
from scripts.stress import processes
from scripts.stress.project import Project
from tests.helpers.media import picture, write_clip, write_pictures
from tests.helpers.trained import write_trained

ROOT = Path(__file__).parents[1]
SETTINGS_PAGE = ROOT / "docs" / "reference" / "settings.md"
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [*GUIDES, SETTINGS_PAGE, ROOT / "CHANGELOG.md"]
CARDS = [
    ROOT / "tests" / "README.md",
    ROOT / "assets" / "README.md",
    ROOT / "assets" / "weights" / "MODEL_CARD.md",
]

SIZE = (64, 48)
FRAMES = 4
CLIPS = ("clip.mp4", "long.mp4", "phone.mp4", "other.mp4", "styled.mp4")
FOLDERS = ("frames", "sintel_alley_1")
PICTURES = ("style.jpg", "second.jpg", "candy.jpg", "photo.jpg")

COMMAND = re.compile(r"^(flowstyle|python -m flowstyle|scripts/run)\b")
EXIT_CODE = re.compile(r"# exit code (\d+)")
FENCE = re.compile(r"^\s*```(\w*)\s*$")
LINK = re.compile(r"\]\(([^)\s]+)\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")

LEAST = {
    "run": {"--width": "48", "--first-iterations": "1", "--iterations": "1"},
    "image": {"--width": "48", "--iterations": "1"},
    "flow": {"--width": "48"},
}
"""Options that cost time, by command, at their least."""
QUICK = "fill_iterations = 1\nsweep_iterations = 1\nflow_quality = 'draft'\n"
"""Settings that cost time and have no option; for ``run`` where a line gives no file of its own."""
QUICK_JOBS = QUICK + "iterations = 1\nfirst_iterations = 1\nfeatures = 'compact'\nmeasure = false\n"
"""The same for the jobs of a file."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the heading above it, its lines, and the page's line."""

    language: str
    section: str
    lines: tuple[str, ...]
    number: int


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    section, language, begun = "", None, 0
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        fence = FENCE.match(line)
        if language is None and fence:
            language, begun, lines = fence[1], number, []
        elif fence:
            yield Block(language or "", section, tuple(lines), begun)
            language = None
        elif language is not None:
            lines.append(line)
        elif line.startswith("## "):
            section = line.removeprefix("## ")


def commands(page: Path) -> dict[str, list[str]]:
    """The command lines of a page by section."""
    found: dict[str, list[str]] = {}
    for block in blocks(page):
        if block.language == "sh":
            typed = [line.strip() for line in block.lines if COMMAND.match(line.strip())]
            found.setdefault(block.section, []).extend(typed)
    return {section: typed for section, typed in found.items() if typed}


def arguments(line: str) -> list[str]:
    """What ``flowstyle`` is given in the test for a line of a document."""
    words = shlex.split(line, comments=True)
    if words[0] == "scripts/run":
        demo = ["clip.mp4", "style.jpg", "-o", "demo.mp4", "--overwrite"]
        words = ["run", *(words[1:] or demo)]
    else:
        words = words[3:] if words[0] == "python" else words[1:]
    command = words[0]
    if command == "train":
        return _quickly_trained(words)
    networks = {"network", *network_names()}
    if any(word.endswith(".safetensors") or word in networks for word in words):
        return _through_a_network(words)
    for option, least in {**LEAST.get(command, {}), "--effort": "0.01"}.items():
        if option in words:
            words[words.index(option) + 1] = least
        elif option != "--effort":
            words += [option, least]
    if command == "run" and not {"--json", "--no-measure"}.intersection(words):
        words += ["--no-measure", "--no-report"]
    if command == "run" and "--settings" not in words:
        words += ["--settings", "quick.toml"]
    if command in ("run", "image") and not {"--features", "--weights"}.intersection(words):
        words += ["--features", "compact"]
    return words


def _through_a_network(words: list[str]) -> list[str]:
    """A command that a trained network answers: options of the optimiser have no effect there."""
    if "--tune" in words:  # minutes of training, which tests/render/test_tune.py has in small
        del words[words.index("--tune") : words.index("--tune") + 2]
    unmeasured = ["--no-measure", "--no-report"]
    quick = {"run": ["--width", "48", *unmeasured], "image": ["--width", "48"]}.get(words[0], [])
    return [*words, *quick, *(["--features", "compact"] if quick else [])]


def _quickly_trained(words: list[str]) -> list[str]:
    """One step, on two small photographs, by the bundled features."""
    for option in ("--minutes", "--steps"):
        if option in words:
            del words[words.index(option) : words.index(option) + 2]
    quick = ["--steps", "1", "--features", "compact"]
    return words + quick + ([] if "--pictures" in words else ["--pictures", "photos"])


SECTIONS = [
    pytest.param(page, section, id=f"{page.stem}-{section}")
    for page in GUIDES
    for section in commands(page)
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the documents name."""
    folder = tmp_path_factory.mktemp("inputs")
    for number, name in enumerate(CLIPS):
        shots = [picture(i, SIZE, seed=number) for i in range(FRAMES)]
        write_clip(folder / name, pictures=shots, audio="aac", audio_seconds=0.16)
    for name in FOLDERS:
        write_pictures(folder / name, [f"{i}.png" for i in range(FRAMES)], SIZE)
    for number, name in enumerate(PICTURES):
        cv2.imwrite(str(folder / name), picture(0, SIZE, seed=20 + number)[..., ::-1])
    (folder / "shots.csv").write_text("0\n2\n", encoding="utf-8")
    (folder / "quick.toml").write_text(QUICK, encoding="utf-8")
    write_trained(folder / "dots.safetensors")
    (folder / "photos").mkdir()
    cv2.imwrite(str(folder / "photos" / "one.jpg"), picture(0, (200, 200)))
    (folder / "notes.txt").write_text("not weights\n", encoding="utf-8")
    return folder


@pytest.fixture
def folder(inputs: Path, tmp_path: Path) -> Path:
    """A fresh copy of the inputs."""
    shutil.copytree(inputs, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Runs commands in children of a server that has imported everything."""
    return Project(tmp_path_factory.mktemp("project"))


def clear_results(folder: Path, inputs: Path) -> None:
    """Delete what commands without ``-o`` made: their names join those of clip and style."""
    kept = {path.name for path in inputs.iterdir()}
    for path in folder.glob("*_*"):
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize(("page", "section"), SECTIONS)
def test_commands_run(
    page: Path, section: str, inputs: Path, folder: Path, project: Project
) -> None:
    for block in blocks(page):
        named = re.match(r"# (\S+\.toml)$", block.lines[0]) if block.lines else None
        if block.language == "toml" and named:
            text = re.sub(r"(?m)^\[defaults\].*$", rf"\g<0>\n{QUICK_JOBS}", "\n".join(block.lines))
            (folder / named[1]).write_text(text, encoding="utf-8")
    for line in commands(page)[section]:
        given = arguments(line)
        if not {"-o", "--overwrite"}.intersection(given):
            clear_results(folder, inputs)
        stated = EXIT_CODE.search(line)
        child = project.start_other(*given, prepare=partial(os.chdir, folder))
        status = processes.finish(child)
        assert status == (int(stated[1]) if stated else 0), f"{line}\n{given}\n{project.said}"
        assert "Traceback" not in project.said, project.said
        assert "has no effect" not in project.said, project.said


def python_blocks() -> list[object]:
    """The Python of all pages, one parameter a block."""
    return [
        pytest.param(page, block, id=f"{page.stem}-{block.section}-{block.number}")
        for page in GUIDES
        for block in blocks(page)
        if block.language == "python"
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("page", "block"), python_blocks())
def test_python_runs(
    page: Path, block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    source = "\n" * block.number + "\n".join(block.lines)  # so that a traceback names the line
    exec(compile(source, str(page), "exec"), {"__name__": "document"})


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    fenced = {
        number
        for block in blocks(page)
        for number in range(block.number, block.number + len(block.lines) + 2)
    }
    found = set()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("#") and number not in fenced:
            words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            found.add(words.replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", [*PAGES, *CARDS], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(place), f"{page.name}: {target}"


def test_every_page_is_linked_from_the_readme() -> None:
    text = GUIDES[0].read_text(encoding="utf-8")
    linked = {(ROOT / target.partition("#")[0]).resolve() for target in LINK.findall(text)}
    assert {SETTINGS_PAGE, *GUIDES[1:]} <= linked


def test_the_readme_is_short() -> None:
    lines = GUIDES[0].read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "assets" / "docs").iterdir()}
    assert max(sizes.values()) <= 60_000, sizes
    assert sum(sizes.values()) <= 400_000, sizes


def known_options() -> set[str]:
    """Every option of every command."""
    group = typer.main.get_group(app)
    known = {*HELP, *PROGRAM}
    for command in (group, *group.commands.values()):
        for parameter in command.params:
            known.update(parameter.opts, parameter.secondary_opts)
    return known


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_options_exist(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    others = ("scripts/", "docker ", "ray start ", "#SBATCH ", "srun ")
    own = [
        line for line in lines if not any(map(line.__contains__, others)) or "scripts/run" in line
    ]
    assert not set(OPTION.findall("\n".join(own))) - known_options()


@pytest.mark.parametrize("page", [*GUIDES, *CARDS], ids=lambda page: page.stem)
def test_scripts_exist(page: Path) -> None:
    named = set(re.findall(r"\bscripts/[\w/.]+\w", page.read_text(encoding="utf-8")))
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_readme_names_all_presets() -> None:
    rows = re.findall(r"^\| (`[a-z`, ]+`) \|", GUIDES[0].read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(re.findall(r"[a-z]+", " ".join(rows))) == preset_names()
