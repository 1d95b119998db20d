"""What endpoints say waits in order and within bounds, and nobody is drowned out."""

from qenus.observers.endpoint import Announced, Endpoint, Watch


def head(number: int) -> Announced:
    return Announced(number, number.to_bytes(32, "big"), bytes(32), 0)


def taken(watch: Watch) -> list[tuple[str, int]]:
    found = []
    while watch.has_heads:
        endpoint, one = watch.take_head()
        found.append((endpoint.url, one.number))
    return found


def test_heads_of_one_endpoint_come_in_order_and_the_newest_are_kept():
    watch, node = Watch(), Endpoint("ws://node")
    for number in range(1000):
        watch.announce(node, head(number))
    assert taken(watch) == [("ws://node", number) for number in range(936, 1000)]
    assert node.latest == head(999)


def test_a_flood_of_heads_holds_up_nobody_else():
    watch, liar, honest = Watch(), Endpoint("ws://liar"), Endpoint("ws://honest")
    for number in range(5000):
        watch.announce(liar, head(10**9 + number))
        if number in (10, 20):
            watch.announce(honest, head(number))
    order = taken(watch)
    assert [order.index(("ws://honest", number)) for number in (10, 20)] == [1, 3]
    assert len(order) == 66
