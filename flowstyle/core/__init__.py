"""What every room may use and what uses no room: records, errors, events, images, files, memory.

Nothing here knows of clips, networks or renders.
"""
