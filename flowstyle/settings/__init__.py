"""What decides the pixels of a render: fields, presets, how they are put together.

Nothing here computes a pixel. Every field is declared once, in :mod:`flowstyle.settings.groups`.
"""

from flowstyle.settings.catalogue import option_of
from flowstyle.settings.groups.following import Start
from flowstyle.settings.loading import given_settings, load_settings
from flowstyle.settings.presets import load_preset, preset_names
from flowstyle.settings.settings import Settings
from flowstyle.settings.stability import stability_values

__all__ = [
    "Settings",
    "Start",
    "given_settings",
    "load_preset",
    "load_settings",
    "option_of",
    "preset_names",
    "stability_values",
]
