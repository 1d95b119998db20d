"""What a node can do, found out by asking it: the ground of `qenus doctor`.

Every question gets a verdict of its own, so that a node that cannot do one thing is still asked
about the others. Honesty is not a question: the newest blocks are put through the whole ladder.
"""

import time
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, TypeVar

import attrs
import msgspec
import trio

from qenus.chain import CHAINS, Chain, Family, check_parent_link, seal
from qenus.errors import QenusError, RemoteProtocolError, TransientError
from qenus.observers.rpc import RpcError, RpcSession, open_session
from qenus.wire import BlockRef

__all__ = ["Examination", "Finding", "Verdict", "examine"]

_HEAD_SECONDS: Final = 15.0
_ASK_SECONDS: Final = 10.0
_ROUND_TRIPS: Final = 20
_NOBODY: Final = "0x" + "00" * 20
# A head older than this means a node that is behind, on any chain that is followed here.
_OLD_SECONDS: Final = 60

J = TypeVar("J")


class Verdict(Enum):
    """How an answer is to be taken."""

    GOOD = "good"
    # It works without, at a price that the advice names.
    LACKING = "lacking"
    # A source of Qenus must have this.
    BAD = "bad"


@attrs.frozen
class Finding:
    """One thing looked at: its name, what was found, and what to do about it."""

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


@attrs.frozen
class Examination:
    """All of it. `fit`: the node can be a source."""

    node: str
    findings: tuple[Finding, ...]

    @property
    def fit(self) -> bool:
        """Whether nothing is bad."""
        return all(finding.verdict is not Verdict.BAD for finding in self.findings)


class _Header(msgspec.Struct):
    number: str
    hash: str
    timestamp: str


def _decoded(answer: bytes, kind: type[J]) -> J:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"expected {kind.__name__}: {error}") from None


async def examine(url: str, *, blocks: int = 20) -> Examination:
    """Find out what the node at `url` can do, and whether its newest `blocks` blocks are honest.

    Raises nothing for what the node does: that is what the findings are for.

    Cancellation closes the connection.
    """
    findings: list[Finding] = []
    try:
        async with open_session(url) as session:
            patient = _Patient(session, findings)
            await patient.run(blocks)
    except (TransientError, RemoteProtocolError) as error:
        findings.append(
            Finding("connection", Verdict.BAD, str(error), "Check address, port and firewall.")
        )
    return Examination(url, tuple(findings))


class _Patient:
    """One examination under way."""

    def __init__(self, session: RpcSession, findings: list[Finding]) -> None:
        self._session = session
        self._findings = findings

    async def run(self, blocks: int) -> None:
        chain = await self._chain()
        await self._look("client", Verdict.LACKING, "", self._client)
        await self._look("round trip", Verdict.LACKING, "", self._round_trip)
        head = await self._head()
        if head is None:
            return
        block = head.hash
        for name, verdict, advice, asked in (
            (
                "receipts",
                Verdict.BAD,
                "Needed: eth_getBlockReceipts by hash. Use a client that has it.",
                ("eth_getBlockReceipts", block),
            ),
            (
                "proofs",
                Verdict.LACKING,
                "Without eth_getProof state reads cannot be checked.",
                ("eth_getProof", _NOBODY, [], head.number),
            ),
            (
                "state by block hash",
                Verdict.LACKING,
                "Without EIP-1898 state reads may mix blocks in a reorg.",
                ("eth_getBalance", _NOBODY, {"blockHash": block}),
            ),
            (
                "safe head",
                Verdict.LACKING,
                "Subscribers will not be told what is safe.",
                ("eth_getBlockByNumber", "safe", False),
            ),
            (
                "finalized head",
                Verdict.LACKING,
                "Subscribers will not be told what is final.",
                ("eth_getBlockByNumber", "finalized", False),
            ),
            (
                "transaction pool",
                Verdict.LACKING,
                "Pending transactions cannot be counted.",
                ("txpool_status",),
            ),
            (
                "traces",
                Verdict.LACKING,
                "Only needed to look into transactions by hand.",
                ("debug_traceBlockByHash", block, {"tracer": "callTracer"}),
            ),
        ):
            await self._can(name, verdict, advice, asked)
        await self._look("batches", Verdict.LACKING, "Backfill will be slower.", self._batch)
        await self._look(
            "subscription",
            Verdict.LACKING,
            "Heads will be polled for: give its ws:// or unix:// address if it has one.",
            self._subscription,
        )
        if chain is not None:
            await self._look(
                f"honesty over {blocks} blocks",
                Verdict.BAD,
                "What this node says is not what the chain's own rules make of it.",
                lambda: self._honesty(chain, int(head.number, 16), blocks),
            )

    async def _look(
        self, name: str, otherwise: Verdict, advice: str, ask: Callable[[], Awaitable[str]]
    ) -> None:
        try:
            finding = Finding(name, Verdict.GOOD, await ask())
        except QenusError as error:
            finding = Finding(name, otherwise, str(error), advice)
        self._findings.append(finding)

    async def _can(
        self, name: str, otherwise: Verdict, advice: str, asked: tuple[object, ...]
    ) -> None:
        method, *params = asked

        async def ask() -> str:
            if await self._ask(str(method), *params) == b"null":
                raise RemoteProtocolError(f"{method}: null")
            return str(method)

        await self._look(name, otherwise, advice, ask)

    async def _ask(self, method: str, *params: object) -> bytes:
        return await self._session.read(method, *params, timeout_seconds=_ASK_SECONDS)

    async def _chain(self) -> Chain | None:
        try:
            chain_id = int(_decoded(await self._ask("eth_chainId"), str), 16)
        except (QenusError, ValueError) as error:
            self._findings.append(
                Finding("chain", Verdict.BAD, str(error), "This is no execution node's RPC.")
            )
            return None
        known = CHAINS.get(chain_id)
        found = f"{chain_id} ({known.name if known else 'unknown to Qenus'})"
        verdict = Verdict.GOOD if known else Verdict.LACKING
        advice = "" if known else "Its blocks are taken to be proven as Ethereum's are."
        self._findings.append(Finding("chain", verdict, found, advice))
        return known or Chain(f"chain {chain_id}", chain_id, Family.ETHEREUM)

    async def _client(self) -> str:
        return _decoded(await self._ask("web3_clientVersion"), str)[:100]

    async def _round_trip(self) -> str:
        times = []
        for _ in range(_ROUND_TRIPS):
            began = trio.current_time()
            await self._ask("eth_blockNumber")
            times.append(trio.current_time() - began)
        times.sort()
        return f"{times[len(times) // 2] * 1000:.2f} ms at the median, {times[-1] * 1000:.2f} worst"

    async def _head(self) -> _Header | None:
        try:
            head = _decoded(await self._ask("eth_getBlockByNumber", "latest", False), _Header)
            age = time.time() - int(head.timestamp, 16)
            number = int(head.number, 16)
        except (QenusError, ValueError) as error:
            self._findings.append(Finding("head", Verdict.BAD, str(error), "It has no head."))
            return None
        old = age > _OLD_SECONDS
        self._findings.append(
            Finding(
                "head",
                Verdict.LACKING if old else Verdict.GOOD,
                f"block {number}, {max(age, 0):.0f} s old",
                "It is behind: is it still syncing?" if old else "",
            )
        )
        return head

    async def _batch(self) -> str:
        answers = await self._session.batch(
            [("eth_chainId", ()), ("eth_blockNumber", ())], timeout_seconds=_ASK_SECONDS
        )
        for answer in answers:
            if isinstance(answer, RpcError):
                raise answer
        return f"{len(answers)} of {len(answers)} answered"

    async def _subscription(self) -> str:
        if not self._session.can_subscribe:
            raise RemoteProtocolError("not over HTTP")
        heads = await self._session.subscribe("newHeads")
        with trio.move_on_after(_HEAD_SECONDS):
            async for _ in heads:
                return "newHeads, and one came"
        return f"newHeads; none came within {_HEAD_SECONDS:.0f} s"

    async def _honesty(self, chain: Chain, head: int, blocks: int) -> str:
        before: BlockRef | None = None
        proven = 0
        for number in range(max(0, head - blocks + 1), head + 1):
            block = await self._ask("eth_getBlockByNumber", hex(number), True)
            header = _decoded(block, _Header)
            receipts = await self._ask("eth_getBlockReceipts", header.hash)
            sealed = seal(block, receipts, chain)
            if before is not None:
                check_parent_link(sealed.block, before)
            before = sealed.block
            proven += 1
        return f"{proven} blocks proven and linked"
