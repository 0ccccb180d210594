"""What paints a frame: a protocol, a registry, and one folder for each engine.

Nothing here looks at neighbouring frames; they come with the task.
"""
