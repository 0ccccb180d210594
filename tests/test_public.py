"""What ``from flowstyle import …`` promises, in whatever order it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("first", ["evaluate", "stylize_video", "stylize_image", "estimate_flow"])
def test_the_public_names_are_functions(first: str) -> None:
    """In a fresh process each: a module of the same name would take the function's place."""
    code = (
        f"from flowstyle import {first}\nimport flowstyle\n"
        "print([callable(getattr(flowstyle, n)) for n in flowstyle.__all__ if n[0] != '_'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[True, True, True, True]"
