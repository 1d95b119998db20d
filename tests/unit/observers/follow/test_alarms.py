"""What is reported of a chain's sources: once as it begins, once as it is over, and why."""

import random

import attrs
import pytest

from qenus.chain import ARBITRUM_ONE, BASE, ETHEREUM
from qenus.observers.follow.alarms import AlarmLimits, ChainAlarms, EndpointView, Waiting
from qenus.wire import Alert, BlockRef, Severity

GOOD, OTHER = "ws://good", "ws://other"


def block(number: int, branch: int = 0) -> BlockRef:
    return BlockRef(
        1, number, bytes([branch]) + number.to_bytes(31, "big"), (number - 1).to_bytes(32, "big")
    )


def endpoint(name: str, latest: int | None = None, **known) -> EndpointView:
    return EndpointView(name, **{"away": "", "latest": latest, **known})


@attrs.define
class Watched:
    """A chain under watch, and what was reported of it: (seconds, raised, name, subject)."""

    alarms: ChainAlarms = attrs.field(
        factory=lambda: ChainAlarms("ethereum", AlarmLimits.of(ETHEREUM))
    )
    reported: list[tuple[float, bool, str, str]] = attrs.field(factory=list)
    alerts: list[Alert] = attrs.field(factory=list)

    def look(self, now, head, *endpoints, safe=None, finalized=None, waiting=None) -> None:
        self.alarms, alerts = self.alarms.look(now, head, safe, finalized, endpoints, waiting)
        self.alerts += alerts
        self.reported += [(now, alert.raised, alert.name, alert.subject) for alert in alerts]


def test_a_chain_without_heads_is_stale_after_five_block_times_and_until_the_next_head():
    watched = Watched()
    for now in range(200):
        watched.look(now, block(7), endpoint(GOOD, 7))
    watched.look(200, block(8), endpoint(GOOD, 8))
    watched.look(201, block(8), endpoint(GOOD, 8))
    assert watched.reported == [
        (61, True, "chain_stale", "ethereum"),
        (200, False, "chain_stale", "ethereum"),
    ]
    assert watched.alerts[0].severity is Severity.CRITICAL
    assert watched.alerts[0].text == "no new head for 61 s; the last is block 7"
    assert watched.alerts[0].block == block(7)


def test_a_chain_that_never_had_a_head_is_stale_too():
    watched = Watched()
    for now in range(70):
        watched.look(now, None, EndpointView(GOOD, away="it cannot be reached"))
    assert watched.reported == [
        (0, True, "endpoint_down", GOOD),
        (61, True, "chain_stale", "ethereum"),
    ]


def test_an_observer_that_begins_again_knows_of_no_head_and_that_is_no_new_one():
    watched = Watched()
    for now in range(70):
        watched.look(now, block(7), endpoint(GOOD, 7))
    watched.look(70, None, EndpointView(GOOD))
    watched.look(71, block(7), endpoint(GOOD, 7))
    assert watched.reported == [(61, True, "chain_stale", "ethereum")]


@pytest.mark.parametrize(("chain", "seconds"), [(ETHEREUM, 60), (BASE, 10), (ARBITRUM_ONE, 5)])
def test_how_long_no_head_may_come_follows_from_the_block_time(chain, seconds):
    assert AlarmLimits.of(chain).stale_seconds == seconds


def test_an_endpoint_blocks_behind_is_reported_once_and_over_once_it_has_been_good_for_long():
    watched = Watched()
    for now in range(100):
        number = 10 + now // 12
        behind = number - 3 if 30 <= now < 50 else number
        watched.look(now, block(number), endpoint(GOOD, number), endpoint(OTHER, behind))
    for now in range(100, 130):
        watched.look(now, block(18), endpoint(GOOD, 18), endpoint(OTHER, 18))
    assert watched.reported == [
        (30, True, "endpoint_behind", OTHER),
        (110, False, "endpoint_behind", OTHER),
    ]
    assert watched.alerts[0].text.startswith("expected block 12, found 9: 3 blocks and ")


def test_an_endpoint_that_is_always_eight_seconds_late_is_reported_once():
    watched = Watched()
    for now in range(600):
        number, late = 100 + now // 12, 100 + (now - 8) // 12
        watched.look(now, block(number), endpoint(GOOD, number), endpoint(OTHER, late))
    assert watched.reported == [(7, True, "endpoint_behind", OTHER)]
    assert "1 blocks and" in watched.alerts[0].text


def test_an_endpoint_that_announces_too_much_makes_no_other_late():
    watched = Watched()
    for now in range(200):
        number = 10 + now // 12
        watched.look(now, block(number), endpoint(GOOD, number), endpoint(OTHER, 10**15))
    assert watched.reported == []


def test_who_is_on_the_new_branch_is_not_late_for_the_longer_one_that_was_left():
    watched = Watched()
    watched.look(0, block(20), endpoint(GOOD, 20))
    for now in range(1, 50):
        watched.look(now, block(15, branch=1), endpoint(GOOD, 15))
    assert watched.reported == []


def test_an_endpoint_that_is_away_is_not_judged_and_what_was_said_of_it_stands():
    watched = Watched()
    for now in range(20):
        watched.look(now, block(10 + now), endpoint(GOOD, 10 + now), endpoint(OTHER, 10))
    for now in range(20, 40):
        away = EndpointView(OTHER, away="it hung up", latest=30, open_seconds=9.0)
        watched.look(now, block(30), endpoint(GOOD, 30), away)
    for now in range(40, 140):
        watched.look(now, block(now), endpoint(GOOD, now), endpoint(OTHER, now))
    assert [(now, raised, name) for now, raised, name, _ in watched.reported] == [
        (3, True, "endpoint_behind"),
        (20, True, "endpoint_down"),
        (40, False, "endpoint_down"),
        (100, False, "endpoint_behind"),
    ]
    assert watched.alerts[1].text == "it hung up"


def test_a_tier_that_stands_still_while_the_head_moves_is_reported():
    watched = Watched()
    for now in range(0, 3000, 3):
        head = block(1000 + now // 12)
        finalized = block(900) if now < 2400 else block(1100)
        safe = block(1000 + now // 12 - 32)
        watched.look(now, head, endpoint(GOOD, head.number), safe=safe, finalized=finalized)
    assert watched.reported == [
        (1155, True, "tier_stale", "finalized of ethereum"),
        (2400, False, "tier_stale", "finalized of ethereum"),
    ]


def test_a_view_far_behind_its_endpoints_own_head_is_reported_by_tier():
    watched = Watched()
    for now in range(100):
        head = block(1000 + now // 12)
        good = endpoint(
            GOOD, head.number, pending_lag=-1, safe=head.number - 40,
            finalized=head.number - 90,
        )  # fmt: skip
        old = endpoint(
            OTHER, head.number, pending_lag=450, safe=head.number - 40,
            finalized=head.number - 300,
        )  # fmt: skip
        watched.look(now, head, good, old)
    assert watched.reported == [
        (0, True, "tier_behind", f"pending of {OTHER}"),
        (0, True, "tier_behind", f"finalized of {OTHER}"),
    ]
    assert watched.alerts[0].text == "its pending block is 450 behind its own head"


def test_a_view_that_is_no_longer_reported_is_not_behind_for_ever():
    watched = Watched()
    for now in range(70):
        head = block(1 + now // 12)
        watched.look(now, head, endpoint(GOOD, head.number, pending_lag=9 if now < 5 else None))
    assert watched.reported == [
        (0, True, "tier_behind", f"pending of {GOOD}"),
        (65, False, "tier_behind", f"pending of {GOOD}"),
    ]


def test_an_endpoint_that_leaves_questions_open_or_withholds_blocks_is_reported():
    watched = Watched()
    watched.look(0, block(1), endpoint(OTHER, 1, open_seconds=3.5), endpoint(GOOD, 1, withheld=4))
    watched.look(1, block(1), endpoint(OTHER, 1, open_seconds=4.5), endpoint(GOOD, 1, withheld=9))
    assert watched.reported == [
        (0, True, "endpoint_slow", OTHER),
        (0, True, "endpoint_withholds", GOOD),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_each_condition_begins_and_ends_by_turns(seed):
    rng, watched = random.Random(seed), Watched()
    number = 100
    for now in range(3000):
        number += rng.random() < 0.08
        views = [
            EndpointView(
                name,
                away=rng.choice(("", "", "", "it hung up", None)),
                latest=number - rng.choice((0, 0, 1, 5)),
                pending_lag=rng.choice((-1, 20)),
                open_seconds=rng.choice((0.0, 5.0)),
                withheld=rng.choice((0, 5)),
            )
            for name in (GOOD, OTHER)
        ]
        finalized = block(number - rng.choice((60, 61)))
        watched.look(now, block(number), *views, finalized=finalized)
    raised = set()
    for _, begins, *condition in watched.reported:
        assert (tuple(condition) in raised) != begins
        raised ^= {tuple(condition)}
    assert raised == watched.alarms.raised
    assert len(watched.reported) > 20


def test_an_alarm_whose_evidence_is_gone_says_so_when_it_ends():
    watched = Watched()
    for now in range(70):
        head = block(1 + now // 12)
        watched.look(now, head, endpoint(GOOD, head.number, pending_lag=9 if now < 5 else None))
    assert watched.alerts[-1].text == "it is not known any more: the node names no pending block"


def waiting(seconds: float, behind: int = 0) -> Waiting:
    return Waiting(8, bytes(32), seconds, "ws://good: no way to receipts is left", behind)


def test_a_block_that_cannot_be_had_is_reported_within_seconds_with_what_waits_behind_it():
    watched = Watched()
    for now in range(70):
        watched.look(now, block(7), endpoint(GOOD, 7), waiting=waiting(now, now // 12))
    watched.look(70, block(8), endpoint(GOOD, 8))
    watched.look(80, block(8), endpoint(GOOD, 8))
    missing = [(at, raised) for at, raised, name, _ in watched.reported if name == "block_missing"]
    assert missing == [(3, True), (63, True), (80, False)]
    texts = [alert.text for alert in watched.alerts if alert.name == "block_missing"]
    assert texts[0] == (
        f"block 8 (0x{bytes(32).hex()}) cannot be had, 0 later ones wait for it; "
        "ws://good: no way to receipts is left"
    )
    assert "5 later ones wait for it" in texts[1]


def test_a_subscription_that_says_nothing_is_reported_until_it_speaks():
    watched = Watched()
    for now in range(200):
        silent = "its subscription says nothing" if 10 <= now < 20 else ""
        watched.look(now, block(1 + now // 12), endpoint(GOOD, 1 + now // 12, silent=silent))
    assert watched.reported == [
        (10, True, "endpoint_silent", GOOD),
        (80, False, "endpoint_silent", GOOD),
    ]
