"""Peers can make a node log a few plain lines a second, and what is left out is counted."""

from qenus.publishers.peer_log import PeerLog


def test_few_lines_a_second_are_written_and_the_rest_is_counted():
    now = [100.0]
    written: list[tuple[str, dict[str, object]]] = []
    log = PeerLog(5, lambda: now[0])
    for _ in range(800):
        log.write(lambda event, **values: written.append((event, values)), "joined", n=1)
    assert len(written) == 5
    now[0] += 1.0
    log.write(lambda event, **values: written.append((event, values)), "joined", n=2)
    assert written[-1] == ("joined", {"n": 2, "left_out": 795})
    for _ in range(10_000):
        now[0] += 0.001
        log.write(lambda event, **values: written.append((event, values)), "joined", n=3)
    # Ten seconds at five lines a second, and what was left of the first burst.
    assert 50 <= len(written) - 6 <= 56


def test_text_of_peers_is_one_bounded_line_without_control_codes():
    written: list[dict[str, object]] = []
    log = PeerLog(5, lambda: 0.0)
    name = "\x1b[2J\u202eeve\nfake line" + "x" * 1000
    log.write(lambda event, **values: written.append(values), "joined", subscriber=name)
    shown = str(written[0]["subscriber"])
    assert shown.isprintable()
    assert "\x1b" not in shown
    assert len(shown) <= 200
