"""Folders of this user on this machine: caches, and the user's own defaults."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Folder of flowstyle's own cache: ``FLOWSTYLE_CACHE``, or where the system keeps caches."""
    own = os.environ.get("FLOWSTYLE_CACHE")
    return Path(own) if own else platformdirs.user_cache_path("flowstyle", appauthor=False)


def config_folder() -> Path:
    """Folder of the user's own defaults and presets; it need not exist.

    ``FLOWSTYLE_CONFIG``, or where the system keeps what users set.
    """
    own = os.environ.get("FLOWSTYLE_CONFIG")
    return Path(own) if own else platformdirs.user_config_path("flowstyle", appauthor=False)
