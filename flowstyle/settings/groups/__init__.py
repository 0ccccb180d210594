"""The fields of the settings, one group of them a file.

Declarations only: :class:`flowstyle.settings.Settings` joins them, other modules read them.
"""
