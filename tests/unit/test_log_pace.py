"""A log gets a burst of each kind of line, then so many a second, and the rest is counted."""

from qenus.log_pace import Pace


def test_a_pace_lets_its_rate_through_after_its_burst():
    pace = Pace(10.0, 2)
    assert [pace.take("a", 0.0) for _ in range(3)] == [0, 0, None]
    assert pace.take("b", 0.0) == 0
    assert pace.take("a", 0.05) is None
    assert pace.take("a", 0.1) == 2
    assert pace.take("a", 0.1) is None
    assert pace.take("a", 100.0) == 1
    assert [pace.take("a", 100.0) for _ in range(2)] == [0, None]


def test_what_a_pace_remembers_is_bounded():
    pace = Pace(0.0, 1)
    passed = [pace.take(str(at), 0.0) for at in range(100_000)]
    assert passed.count(0) <= 1025
    assert len(pace._kinds) <= 1025


def test_a_clock_that_goes_back_lets_no_line_through():
    pace = Pace(1.0, 1)
    assert pace.take("", 100.0) == 0
    assert [pace.take("", now) for now in (99.0, 98.0, 97.0)] == [None] * 3
