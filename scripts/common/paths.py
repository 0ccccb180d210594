"""Where things lie in a checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "assets" / "demo"
WEIGHTS = ROOT / "assets" / "weights"
SHARED = ROOT.parent / "shared"
"""Clips and styles that are not part of the project, beside the checkout."""
