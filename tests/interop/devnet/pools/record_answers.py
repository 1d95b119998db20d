"""Record what real contracts answer, for tests that have no node at hand.

    python tests/interop/devnet/pools/record_answers.py

A short campaign without reorganisations; each pool's state at its beginning, every question to it
and what its contract made of it, as JSON. Integers are whole, tuples are lists, `null` is a revert.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

import msgspec
import trio

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[3]
_TARGET = _ROOT / "tests" / "property" / "pools" / "devnet_answers.json"
_SEED = 8
_OPERATIONS = 1700
# An Algebra fee is set once a block: many short ones say more of it.
_MOST_IN_A_BLOCK = 16
_WEIGHTS = {"Algebra, calm": 18, "stable": 14, "V4, all is fee": 2}
_NARROW_POSITIONS = 25

sys.path[:0] = [str(_HERE), str(_ROOT)]


def beginning(family: Any) -> dict[str, Any]:
    """A family's state as plain values, and what the protocol keeps of fees where it is asked."""
    from v2_operations import PairState
    from v3_operations import V3Operations

    state = family.state
    if isinstance(state, PairState):
        return {"fee_on": state.shares.fee_on}
    begun = {"pool": msgspec.to_builtins(state.pool)}
    if hasattr(state, "supply"):
        begun["supply"] = state.supply
    if isinstance(family, V3Operations):
        begun["protocol_parts"] = [family.protocol_part(token) for token in (0, 1)]
    return begun


async def record() -> dict[str, Any]:
    """Run the campaign and give every question with its answer."""
    from drawn_operations import Operation
    from pool_campaign import Campaign
    from pool_world import PROTOCOLS, deploy_world

    from tools.devnet import devnet

    async with devnet("ethereum", protocols=PROTOCOLS) as net:
        hands, families = await deploy_world(net["ethereum"], narrow=_NARROW_POSITIONS)
        recorded = {
            family.name: {
                "kind": type(family).__name__.removesuffix("Operations"),
                **beginning(family),
                "answers": [],
            }
            for family in families
        }

        def keep(operation: Operation) -> None:
            if operation.asked is not None:
                answers: list[Any] = recorded[operation.family]["answers"]
                answers.append([operation.asked, operation.answer])

        for family in families:
            family.weight = _WEIGHTS.get(family.name, 6)
        campaign = Campaign(
            *(net["ethereum"], hands, families, random.Random(_SEED)),
            on_held=keep,
            most_in_a_block=_MOST_IN_A_BLOCK,
        )
        await campaign.begin()
        await campaign.run(_OPERATIONS, reorg_every=1 << 60)
    return recorded


def main() -> None:
    """Write the file: one line a pool and one an answer."""
    lines = []
    for name, one in trio.run(record).items():
        answers = ",\n".join(json.dumps(pair) for pair in one.pop("answers"))
        head = json.dumps(one)[:-1]
        lines.append(f'{json.dumps(name)}: {head}, "answers": [\n{answers}\n]}}')
    _TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
