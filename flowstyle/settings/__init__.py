"""What decides the pixels of a render: fields, presets, how they are put together.

Nothing here computes a pixel.
"""

from flowstyle.settings.settings import (
    Settings,
    Start,
    load_preset,
    load_settings,
    option_of,
    preset_names,
    stability_values,
)

__all__ = [
    "Settings",
    "Start",
    "load_preset",
    "load_settings",
    "option_of",
    "preset_names",
    "stability_values",
]
