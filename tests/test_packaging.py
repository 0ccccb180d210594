"""Dockerfile and CITATION.cff say what the project is."""

from __future__ import annotations

import re
import tomllib

from flowstyle.version import __version__
from scripts.common.paths import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STEPS = re.sub(r"\\\n\s*", "", "\n".join(x for x in DOCKERFILE.splitlines() if x[:1] != "#"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_what_the_dockerfile_copies_is_there_and_is_enough_to_build() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (.+)$", STEPS, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert all((ROOT / source).exists() for source in copied)
    project = PROJECT["project"]
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {project["readme"], *project["license-files"], *wheel["packages"]}
    assert {*needed, *wheel["force-include"], "pyproject.toml"} <= set(copied)


def test_the_dockerfile_asks_for_the_torch_that_the_project_asks_for() -> None:
    asked = set(re.findall(r'"(torch\w*>=[\d.]+)"', STEPS))
    assert asked == {one for one in PROJECT["project"]["dependencies"] if one.startswith("torch")}
    version = re.search(r"^FROM python:(3\.\d+)-slim$", STEPS, re.MULTILINE)
    assert version is not None
    assert tuple(map(int, version[1].split("."))) >= (3, 11)
    assert "ARG TORCH=cpu" in STEPS
    assert "${TORCH}" in STEPS


def test_the_citation_is_of_this_version() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    said = dict(re.findall(r"^([a-z-]+): (.+)$", text, re.MULTILINE))
    assert said["version"] == __version__
    assert said["license"] == PROJECT["project"]["license"]
    assert {"cff-version", "message", "title", "type"} <= said.keys()
    assert text.count("- type: conference-paper") == 2
