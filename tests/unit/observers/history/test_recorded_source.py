"""Recorded files as a source: each block is held against its parent as a node's is."""

import json
from pathlib import Path

import pytest
import trio

from qenus.chain import ETHEREUM
from qenus.chain.headers import header_rlp, read_header
from qenus.chain.keccak import keccak256
from qenus.chain.rpc_shapes import parse_header
from qenus.mailboxes import ChainMailboxes, line_mailbox
from qenus.observers.history.recorded import Progress, observe_recorded
from qenus.observers.history.recorded_files import read_recorded
from qenus.wire import ALERTS, Block, Observed, Parcel, Rejection, decode
from supervisors import Cell, Child, Inbox, Supervisor, Tree

PAIR = ("22431083", "22431084")


def forged(path: Path, **fields: str) -> bytes:
    """Give a recorded block with other header fields and the hash that is theirs, everywhere."""
    block, receipts = (json.loads(part) for part in read_recorded(path))
    other = {**block, **fields}
    own = "0x" + keccak256(header_rlp(read_header(parse_header(json.dumps(other).encode())))).hex()
    text = json.dumps({"block": other, "receipts": receipts})
    return text.replace(block["hash"], own).encode()


async def replayed(files: list[Path]) -> tuple[list[Block | Rejection], Progress]:
    """Give what comes of a replay of these files."""
    found, alerts = ChainMailboxes(ETHEREUM.name).found(), line_mailbox("alerts")
    progress = Cell("progress", Progress())
    came: list[Block | Rejection] = []

    def note(content: Block | Rejection) -> None:
        came.append(content)
        if len(came) == len(files):
            tree.stop()

    async def collect(inbox: Inbox[Observed[Block]]) -> None:
        async for observed in inbox:
            note(observed.content)

    async def collect_alerts(inbox: Inbox[Parcel]) -> None:
        async for parcel in inbox:
            assert parcel.topic == ALERTS
            note(decode(parcel.content, Rejection))

    root = Supervisor(
        "root",
        [
            Child("collector", collect, found.inbox()),
            Child("alerts", collect_alerts, alerts.inbox()),
            Child(
                "observer",
                observe_recorded,
                *(found.outlet(), alerts.outlet(), progress),
                files=files,
                chain=ETHEREUM,
            ),
        ],
    )
    tree = Tree(root)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(tree.run)
    return came, progress.value


@pytest.fixture
def pair(data: Path) -> list[Path]:
    return [data / "l1" / "blocks" / f"{number}.json.gz" for number in PAIR]


async def test_a_pair_of_blocks_comes_through(pair):
    came, progress = await replayed(pair)
    assert [one.block.number for one in came] == [22431083, 22431084]
    assert (progress.files, progress.rejected) == (2, 0)


@pytest.mark.parametrize(
    ("fields", "step", "where"),
    [
        ({"gasLimit": hex(40_000_000)}, "header rules", "block.gasLimit"),
        ({"excessBlobGas": "0x0"}, "header rules", "block.excessBlobGas"),
        ({"baseFeePerGas": "0x1"}, "base fee", ""),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
async def test_a_block_that_cannot_follow_its_parent_is_rejected(
    pair, tmp_path, fields, step, where
):
    file = tmp_path / "22431084.json"
    file.write_bytes(forged(pair[1], **fields))
    came, progress = await replayed([pair[0], file])
    assert isinstance(came[1], Rejection)
    assert came[1].step == step
    assert where in came[1].expected
    assert progress.rejected == 1


async def test_without_its_parent_a_block_is_not_held_against_it(pair, tmp_path):
    file = tmp_path / "22431084.json"
    file.write_bytes(forged(pair[1], baseFeePerGas="0x1"))
    came, progress = await replayed([file])
    assert isinstance(came[0], Block)
    assert progress.rejected == 0
