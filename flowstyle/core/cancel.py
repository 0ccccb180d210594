"""The end that a caller asks for in the middle of the work."""


class Stopped(Exception):
    """The caller asked for an end in the middle of a frame; nothing of it is kept."""
