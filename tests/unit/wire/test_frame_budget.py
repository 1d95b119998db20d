"""A count of frames bounds a buffer's bytes, whatever the sizes of the frames."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from qenus.wire import MAX_BUFFERED_FRAMES, FrameBudget


@given(st.lists(st.integers(0, 2000), max_size=400), st.integers(1, 10_000))
def test_the_newest_frames_that_are_counted_fit_the_budget(sizes, max_bytes):
    budget = FrameBudget(max_bytes)
    for at, size in enumerate(sizes):
        count = budget.passed(size)
        newest = sizes[max(0, at + 1 - count) : at + 1]
        assert sum(newest) <= max_bytes or count == 1


@given(st.lists(st.integers(0, 2000), max_size=400), st.integers(1, 10_000))
def test_no_count_is_a_power_of_two_but_one(sizes, max_bytes):
    budget = FrameBudget(max_bytes)
    for size in sizes:
        count = budget.passed(size)
        assert 1 <= count <= MAX_BUFFERED_FRAMES
        assert (count + 1).bit_count() == 1


def test_small_frames_after_large_ones_are_counted_by_thousands_again():
    budget = FrameBudget(64 << 20)
    assert budget.passed(100) == MAX_BUFFERED_FRAMES
    for _ in range(100):
        budget.passed(10 << 20)
    assert budget.count == 3
    for _ in range(2 * MAX_BUFFERED_FRAMES):
        budget.passed(100)
    assert budget.count == MAX_BUFFERED_FRAMES


def test_sizes_that_alternate_change_the_count_seldom():
    budget = FrameBudget(1 << 20)
    counts = [budget.passed((i % 7) * 1000) for i in range(20_000)]
    assert sum(a != b for a, b in itertools.pairwise(counts)) < 20
