"""The book undoes exactly, and what it learned stays known."""

import random

from scripted_state import hash_of

from qenus.extractors.chain_progress import ChainProgress
from qenus.extractors.pool_state import Book, PoolRecord
from qenus.protocols.catalogue import FAMILIES
from qenus.protocols.registry import Venue
from qenus.wire import BlockRef

VENUE = Venue("v", FAMILIES["uniswap_v2"], b"f" * 20, b"f" * 20, 3000)
POOLS = [bytes([n]) * 20 for n in range(1, 7)]


def ref(number: int, fork: int = 0, parent_fork: int = 0) -> BlockRef:
    return BlockRef(1, number, hash_of(number, fork), hash_of(number - 1, parent_fork))


def record(pool: bytes, state: object) -> PoolRecord:
    return PoolRecord(VENUE, pool, b"0" * 20, b"1" * 20, 3000, pool=state)


def contents(book: Book) -> dict[bytes, object]:
    found = {pool: book.get(pool) for pool in POOLS}
    return {pool: known and known.pool for pool, known in found.items()}


def test_any_sequence_of_applies_and_retracts_is_undone_by_its_undo_actions():
    rng = random.Random(5)
    book = Book()
    book.begin_anew(hash_of(0))
    height = 0
    for _ in range(300):
        before, head = contents(book), book.head
        if height and rng.random() < 0.45:
            undo = book.retract(ref(height))
            height -= 1
            back = 1
        else:
            height += 1
            changed = rng.sample(POOLS, rng.randint(0, 3))
            undo = book.apply(ref(height), {p: record(p, rng.random()) for p in changed})
            back = -1
        after = contents(book)
        if rng.random() < 0.5:
            undo()
            height += back
            assert (contents(book), book.head) == (before, head)
        elif back == -1:
            assert {p for p in POOLS if after[p] != before[p]} <= set(changed)


def test_a_retract_of_what_was_never_taken_in_changes_nothing_and_one_too_deep_begins_anew():
    book = Book()
    book.begin_anew(hash_of(4))
    book.apply(ref(5), {POOLS[0]: record(POOLS[0], 1)})
    book.retract(ref(6))
    assert book.head == hash_of(5)
    book.retract(ref(5))
    assert (book.head, book.get(POOLS[0])) == (hash_of(4), None)
    book.retract(ref(4))
    assert (book.head, len(book)) == (hash_of(3), 0)


def test_what_was_read_at_a_parent_stays_known_through_discards_and_as_long_as_that_stands():
    book = Book()
    book.begin_anew(hash_of(0))
    book.apply(ref(1), {})
    book.learn({POOLS[0]: record(POOLS[0], "read")})
    undo = book.apply(ref(2), {POOLS[0]: record(POOLS[0], "touched")})
    undo()
    assert contents(book)[POOLS[0]] == "read"
    book.apply(ref(2), {POOLS[0]: record(POOLS[0], "touched")})
    book.retract(ref(2))
    assert contents(book)[POOLS[0]] == "read"
    undo = book.retract(ref(1))
    assert book.get(POOLS[0]) is None
    undo()
    assert (contents(book)[POOLS[0]], book.head) == ("read", hash_of(1))
    undo = book.begin_anew(hash_of(7))
    assert book.get(POOLS[0]) is None
    undo()
    assert contents(book)[POOLS[0]] == "read"


def test_pools_longest_untouched_are_forgotten_and_none_that_an_undo_may_bring_back():
    book = Book(max_pools=2000)
    book.begin_anew(hash_of(0))
    names = [number.to_bytes(20, "big") for number in range(10_000)]
    for number in range(1, 1001):
        made = {name: record(name, number) for name in names[10 * number - 10 : 10 * number]}
        book.apply(ref(number), {**made, POOLS[0]: record(POOLS[0], number)})
    # The window alone holds 2,560 pools, more than the book should: those and no others.
    assert len(book) == 2561
    for number in range(1000, 744, -1):
        assert contents(book)[POOLS[0]] == number
        book.retract(ref(number))
    assert (book.head, contents(book)[POOLS[0]], len(book)) == (hash_of(744), 744, 1)


def test_a_book_within_its_bound_forgets_what_was_touched_first():
    book = Book(max_pools=160)
    book.begin_anew(hash_of(0))
    names = [number.to_bytes(20, "big") for number in range(600)]
    book.apply(ref(1), {name: record(name, 1) for name in names[:160]})
    book.apply(ref(2), {names[0]: record(names[0], 2)})
    for number in range(3, 300):
        book.apply(ref(number), {})
    book.apply(ref(300), {names[500]: record(names[500], 3)})
    known = [at for at, name in enumerate(names) if book.get(name)]
    assert known == [0, *range(12, 160), 500]


def test_a_block_that_came_back_is_no_orphan():
    book = Book()
    book.begin_anew(hash_of(0))
    touched = {POOLS[0]: record(POOLS[0], 1)}
    book.apply(ref(1), touched)
    book.retract(ref(1))
    assert list(book.orphaned(POOLS[0], hash_of(1, 1))) == [touched[POOLS[0]]]
    assert list(book.orphaned(POOLS[0], hash_of(1))) == []
    book.apply(ref(1), touched)
    assert list(book.orphaned(POOLS[0], hash_of(2))) == []


def test_the_history_of_a_pool_is_what_each_block_left_newest_first():
    book = Book()
    book.begin_anew(hash_of(0))
    for number in (1, 2, 3, 4):
        changes = {POOLS[0]: record(POOLS[0], number)} if number % 2 else {}
        book.apply(ref(number), changes)
    history = [(at, known and known.pool) for at, known in book.history(POOLS[0], 4)]
    assert history == [(hash_of(4), 3), (hash_of(3), 3), (hash_of(2), 1), (hash_of(1), 1)]


def test_progress_knows_the_orphans_until_they_are_canonical_again():
    progress = ChainProgress().applied(ref(1)).applied(ref(2)).retracted(ref(2))
    assert (progress.head, progress.orphans) == (1, (hash_of(2),))
    other = progress.applied(ref(2, fork=1))
    assert hash_of(2) in other.orphans
    back = other.retracted(ref(2, fork=1)).applied(ref(2))
    assert (back.head, back.orphans) == (2, (hash_of(2, 1),))
    for number in range(5000):
        back = back.retracted(ref(number + 10))
    assert len(back.orphans) == 4096
