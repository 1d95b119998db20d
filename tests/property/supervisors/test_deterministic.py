"""The canary: without a repeatable schedule the other property tests would mean little."""

from __future__ import annotations

import deterministic
import trio


def trace(seed: int) -> list[tuple[str, int]]:
    log: list[tuple[str, int]] = []

    async def worker(name: str) -> None:
        for n in range(5):
            log.append((name, n))
            await trio.lowlevel.checkpoint()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for name in "abcdef":
                nursery.start_soon(worker, name)

    deterministic.run(seed, main)
    return log


def test_one_seed_is_one_schedule_and_seeds_differ() -> None:
    assert [trace(seed) for seed in range(5)] == [trace(seed) for seed in range(5)]
    assert len({tuple(trace(seed)) for seed in range(10)}) > 1


def test_a_crash_is_thrown_in_as_the_actor_comes_back_from_the_chosen_checkpoint() -> None:
    reached: list[int] = []

    async def actor() -> None:
        for n in range(10):
            reached.append(n)
            await trio.lowlevel.checkpoint()

    async def main() -> str:
        crashes = deterministic.CheckpointCrashes({3})
        try:
            await crashes.wrap(actor)()
        except deterministic.CheckpointCrash:
            return "crashed"
        return "ended"

    assert deterministic.run(0, main) == "crashed"
    assert reached == [0, 1, 2]
