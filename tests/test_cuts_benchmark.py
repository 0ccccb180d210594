"""A quick part of the benchmark of cut detection: one clip of each kind that it must not miss."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from scripts.benchmarks.cuts import OWN, Score, own_cuts, score, text_of
from scripts.benchmarks.cuts_clips import COUNTS, MAKERS, Change, make


def test_one_clip_of_each_kind_is_cut_right_but_for_a_few():
    clips = [make(kind, 200) for kind in MAKERS]
    total = sum((score(clip.changes, own_cuts(clip)) for clip in clips), Score())
    assert total.found + total.missed >= 28
    assert total.recall >= 0.9
    assert total.precision >= 0.95


def test_clips_are_the_same_every_time_and_others_by_number():
    first, again, other = make("plain", 0), make("plain", 0), make("plain", 1)
    assert all(np.array_equal(a, b) for a, b in zip(first.frames, again.frames, strict=True))
    assert not np.array_equal(first.frames[0], other.frames[0])


def test_there_are_two_hundred_changes():
    assert COUNTS.keys() == MAKERS.keys()
    assert sum(COUNTS[kind] * len(make(kind, 0).changes) for kind in COUNTS) >= 200


@pytest.mark.parametrize("kind", ["plain", "fade"])
def test_shots_are_longer_than_what_peers_let_stand(kind: str):
    clip = make(kind, 0)
    starts = [0, *(change.first for change in clip.changes), len(clip.frames)]
    assert min(b - a for a, b in pairwise(starts)) >= 16


def test_score_counts_each_change_once():
    changes = [Change(5, 5), Change(10, 20)]
    assert score(changes, [5, 12, 14]) == Score(found=2, missed=0, false=1)
    assert score(changes, [6, 21]) == Score(found=0, missed=2, false=2)
    assert score([], []).recall is None
    assert (Score(3, 1, 2).recall, Score(3, 1, 2).precision) == (0.75, 0.6)


def test_table_tells_found_and_false_and_the_shares():
    text = text_of({"plain": {OWN: Score(3, 1, 1)}})
    assert "| 4 | 3, 1 |" in text
    assert "| **recall** | 4 | 75.0 % |" in text
