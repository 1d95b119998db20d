"""Who is started next: plain state, tested as such."""

from __future__ import annotations

from supervisors._start_order import StartOrder

A, B, C, D = "abcd"


def test_children_start_left_to_right_each_when_the_one_before_is_ready() -> None:
    order = StartOrder([A, B])
    assert order.next() == A
    assert order.next() is None  # a is not ready yet
    order.started(B)  # not the one that is waited for
    assert order.next() is None
    order.started(A)
    assert order.next() == B
    assert not order.is_now_through()
    order.started(B)
    assert order.is_now_through()
    assert not order.is_now_through()  # once
    assert order.has_been_through


def test_a_supervisor_without_children_is_through_at_once() -> None:
    assert StartOrder[str]().is_now_through()


def test_a_child_that_leaves_is_not_waited_for_and_not_started() -> None:
    order = StartOrder([A, B, C])
    order.next()
    order.withdraw([A, B])
    assert order.current is None
    assert order.next() == C


def test_a_group_is_started_with_those_that_wait_in_the_order_of_all() -> None:
    order = StartOrder([A, B, C, D])
    order.next()  # a starts
    order.withdraw([B, D])
    order.queue([D, B], everybody=[A, B, C, D])
    order.started(A)
    started = []
    while (child := order.next()) is not None:
        started.append(child)
        order.started(child)
    assert started == [B, C, D]


def test_a_backoff_that_is_over_gives_its_group_once() -> None:
    order = StartOrder[str]()
    pending = order.postpone([A, B])
    assert order.due(pending) == [A, B]
    assert order.due(pending) == []


def test_a_wider_restart_takes_over_what_an_earlier_one_had_put_aside() -> None:
    order = StartOrder[str]()
    one, two = order.postpone([B]), order.postpone([C, D])
    order.withdraw([B, C])
    assert order.due(one) == []
    assert order.due(two) == [D]


def test_children_are_distinguished_by_identity() -> None:
    one, other = [1], [1]
    order = StartOrder([one, other])
    order.next()
    order.withdraw([other])
    assert order.current is one
