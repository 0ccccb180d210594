"""The report of a render or of an evaluation: a page with players, charts and all that was decided.

record → what is said; film → what is played; worst → pictures of the worst frames; charts, words →
figures for people; page → the folder ``OUT.report``. Nothing here changes a result.
"""
