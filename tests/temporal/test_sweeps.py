from flowstyle.settings import load_settings
from flowstyle.temporal.sweeps import plan_sweeps


def test_later_sweeps_alternate_and_an_even_number_ends_forward():
    sweeps = plan_sweeps(load_settings({"sweeps": 4}))
    assert [s.forward for s in sweeps] == [True, False, True, False, True]
    assert [s.number for s in sweeps] == [1, 2, 3, 4, 5]


def test_independent_is_one_sweep():
    (sweep,) = plan_sweeps(load_settings({}, preset="independent"))
    assert sweep.long_term == ()
    assert not sweep.both


def test_multipass_has_the_papers_passes():
    sweeps = plan_sweeps(load_settings({}, preset="multipass"))
    assert len(sweeps) == 15
    assert [s.number for s in sweeps if s.temporal_weight > 0] == list(range(8, 16))
    assert all(s.blend == 1 and not s.both for s in sweeps[1:])
    assert [s.forward for s in sweeps[:4]] == [True, False, True, False]
