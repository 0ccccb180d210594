"""docs/reference/settings.md is what the declarations say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from flowstyle.settings import Settings, preset_names

ROOT = Path(__file__).parents[2]


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "settings_page", ROOT / "scripts/docs/settings_page.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_current(script: ModuleType) -> None:
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert text == script.page(), "run scripts/docs/settings_page.py --write"


def test_page_names_every_field_and_preset(script: ModuleType) -> None:
    page = script.page()
    for name in Settings.model_fields:
        assert f"| `{name}` |" in page or name == "preset"
    for name in preset_names():
        assert f"- **{name}**: " in page


def test_values_are_written_as_in_a_file(script: ModuleType) -> None:
    values = (None, True, 3, 0.5, "a", ("a", "b"), [1, 2])
    written = ["none", "`true`", "`3`", "`0.5`", '`"a"`', '`["a", "b"]`', "`[1, 2]`"]
    assert [script.value(one) for one in values] == written


def test_stale_page_is_told_by_the_exit_code(
    script: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "PAGE", tmp_path / "docs" / "settings.md")
    for action, status in (("--check", 1), ("--write", 0), ("--check", 0)):
        monkeypatch.setattr("sys.argv", ["settings_page.py", action])
        assert script.main() == status
    script.PAGE.write_text("old")
    assert script.main() == 1
    assert "--write" in capsys.readouterr().out
