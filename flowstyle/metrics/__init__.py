"""Figures of a styled clip beside its source, and the evaluation that gathers them.

Nothing here changes a result.
"""
