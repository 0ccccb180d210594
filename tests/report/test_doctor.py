"""The doctor finds what is there, and says what to do about what is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import typer
from typer.testing import CliRunner

from flowstyle.cli import doctor as command
from flowstyle.core.errors import WeightsError
from flowstyle.report import doctor


def by_topic(findings: list[doctor.Finding], topic: str) -> list[doctor.Finding]:
    return [finding for finding in findings if finding.topic == topic]


@pytest.fixture(autouse=True)
def bare_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FLOWSTYLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def test_every_lack_has_advice(tmp_path: Path):
    findings = doctor.examine(tmp_path)
    for finding in findings:
        assert finding.text
        assert (finding.state == "ok") == (finding.advice == ""), finding
    assert {"versions", "device", "features", "flow", "codecs", "memory", "disk"} <= {
        finding.topic for finding in findings
    }
    assert not list(tmp_path.iterdir())


def test_versions_and_codecs_are_true(tmp_path: Path):
    findings = doctor.examine(tmp_path)
    versions = " ".join(finding.text for finding in by_topic(findings, "versions"))
    assert f"torch {torch.__version__.split('+')[0]}" in versions
    assert "h264" in by_topic(findings, "codecs")[0].text


def test_missing_networks_are_lacks_not_faults(tmp_path: Path):
    findings = doctor.examine(tmp_path)
    assert any("VGG19" in f.text and f.state == "lack" for f in by_topic(findings, "features"))
    assert [f.state for f in by_topic(findings, "flow")] == ["ok", "lack", "lack"]


def test_damaged_bundled_weights_are_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse() -> None:
        raise WeightsError("the bundled weights are damaged", "compact", "reinstall flowstyle")

    monkeypatch.setattr("flowstyle.features.compact.load_compact", refuse)
    (finding,) = by_topic(doctor.examine(tmp_path), "features")
    assert finding.state == "broken"
    assert finding.advice == "reinstall flowstyle"


def test_wrong_cached_weights_are_broken(tmp_path: Path):
    path = tmp_path / "torch/hub/checkpoints/vgg19-dcbb9e9d.pth"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x80not weights")
    found = by_topic(doctor.examine(tmp_path), "features")[-1]
    assert found.state == "broken"
    assert "dcbb9e9d" in found.text


def test_bug_in_a_check_does_not_hide_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("flowstyle.core.memory.free_memory", lambda: 1 / 0)
    findings = doctor.examine(tmp_path)
    assert [f.state for f in by_topic(findings, "memory")] == ["broken"]
    assert by_topic(findings, "disk")


def test_missing_folder_is_broken(tmp_path: Path):
    (finding,) = by_topic(doctor.examine(tmp_path / "no"), "disk")
    assert finding.state == "broken"
    assert "mkdir" in finding.advice


@pytest.mark.parametrize("healthy", [True, False])
def test_command(healthy: bool, monkeypatch: pytest.MonkeyPatch):
    findings = [
        doctor.Finding("device", "ok", "CPU [2 cores]"),
        doctor.Finding("flow", "lack" if healthy else "broken", "no RAFT", "fetch it"),
    ]
    monkeypatch.setattr(doctor, "examine", lambda folder: findings)
    app = typer.Typer()
    command.register(app)
    plain = CliRunner().invoke(app, [])
    assert plain.exit_code == (0 if healthy else 3)
    assert "CPU [2 cores]" in plain.stdout
    assert "→ fetch it" in plain.stdout
    said = json.loads(CliRunner().invoke(app, ["--json"]).stdout)
    assert said["ok"] is healthy
    assert said["findings"][1]["advice"] == "fetch it"
