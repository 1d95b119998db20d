"""What a node can do, found out by asking it: the ground of `qenus doctor`.

Every question gets a verdict of its own, so that a node that cannot do one thing is still asked
about the others. Nothing is taken at its word: proofs are checked, and the newest blocks are put
through the whole ladder.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias, TypeVar

import attrs
import msgspec
import trio

from qenus.chain import CHAINS, Chain, ChainKind, Rejected, check_child, seal
from qenus.chain.fork_config import unknown_blob_forks
from qenus.errors import QenusError, RemoteProtocolError, TransientError
from qenus.observers.doctor.findings import (
    Examination,
    Finding,
    Shortcoming,
    Verdict,
    connection_finding,
)
from qenus.observers.doctor.node_checks import (
    check_announcements,
    check_batches,
    check_errors,
    find_receipts,
    one_way_only,
)
from qenus.observers.follow.alarms import AlarmLimits
from qenus.observers.rpc import (
    CALL_SECONDS,
    ConnectionLost,
    RpcError,
    RpcSession,
    RpcTimeout,
    open_session,
)
from qenus.observers.rpc.claims import Announced, quantity
from qenus.observers.rpc.receipt_ways import NotThere, ReceiptWay, read_receipts
from qenus.observers.state.reader import StateReader
from qenus.wire import Block

__all__ = ["Examination", "Finding", "Verdict", "examine"]

_ROUND_TRIPS: Final = 20
_ZERO_ADDRESS: Final = "0x" + "00" * 20
_OLD_BLOCKS: Final = 10_000
# Longer than two blocks of any chain that is followed here take.
_LEAST_WAIT_SECONDS: Final = 3.0

_FALSE: Final = "What this node says is not what the chain's own rules make of it: do not use it."

_NO_NODE: Final = "This is no execution node's RPC."
_BUSY: Final = (
    "The provider limits how much is asked: a larger plan, or fewer users of this key. Qenus "
    "leaves it alone for a growing moment each time; blocks come later meanwhile."
)
_IRREGULAR: Final = (
    "Qenus reads them as they are meant; report it to the maker of the node or proxy."
)

J = TypeVar("J")


class _Header(msgspec.Struct):
    number: str
    hash: str
    timestamp: str


class _Height(msgspec.Struct):
    number: str | None = None


def _decoded(answer: bytes, kind: type[J]) -> J:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"expected {kind.__name__}: {error}") from None


async def examine(
    url: str,
    *,
    blocks: int = 20,
    header_rules: bool = True,
    chains: Mapping[int, Chain] = CHAINS,
    call_seconds: float = CALL_SECONDS,
    announcement_seconds: float | None = None,
) -> Examination:
    """Find out what the node at `url` can do, and whether its newest `blocks` blocks are honest.

    `chains` are those that are known, by id. `header_rules`: whether its headers have to keep
    their chain's rules; a development node's do not. An answer is waited for `call_seconds`, the
    announcement of a head `announcement_seconds`; None: a little longer than two of the chain's
    blocks take. Raises nothing for what the node does: that is what the findings are for.

    Cancellation closes the connection.
    """
    findings: list[Finding] = []
    try:
        async with open_session(url) as session:
            patience = _Patience(call_seconds, announcement_seconds)
            examiner = _Examiner(session, findings, header_rules, chains, patience)
            await examiner.run(blocks)
    except (TransientError, RemoteProtocolError) as error:
        findings.append(connection_finding(error))
    return Examination(url, tuple(findings))


# What is looked at, how it is to be taken when it fails, what to do then, and how to find out.
_Question: TypeAlias = tuple[str, Verdict, str, Callable[[], Awaitable[str]]]


@attrs.frozen
class _Patience:
    """How long an answer and an announcement are waited for; None: as long as the chain takes."""

    call_seconds: float
    announcement_seconds: float | None


class _Examiner:
    """One examination under way."""

    def __init__(
        self,
        session: RpcSession,
        findings: list[Finding],
        header_rules: bool,
        chains: Mapping[int, Chain],
        patience: _Patience,
    ) -> None:
        self._session = session
        self._findings = findings
        self._header_rules = header_rules
        self._chains = chains
        self._patience = patience
        self._receipt_way = ReceiptWay.BY_HASH

    async def run(self, blocks: int) -> None:
        chain = await self._chain()
        if chain is None:
            return
        limits = AlarmLimits.of(chain)
        await self._look("client", Verdict.LACKING, "", self._client)
        await self._look(
            "synced",
            Verdict.BAD,
            "Wait until it has caught up: until then its heads are old ones.",
            self._synced,
        )
        await self._look("round trip", Verdict.LACKING, "", self._round_trip)
        head = await self._head(limits)
        if head is None:
            return
        for question in (
            *self._about_blocks_and_state(head),
            *self._about_tiers(head, limits),
            *self._about_service(head, chain),
            *self._about_forks(chain),
        ):
            await self._look(*question)
        await self._look(
            f"honesty over {blocks} blocks",
            Verdict.BAD,
            "It is not known whether this node is honest.",
            partial(self._honesty, chain, quantity(head.number), blocks),
        )
        self._sum_up()

    def _about_blocks_and_state(self, head: _Header) -> tuple[_Question, ...]:
        return (
            (
                "receipts",
                Verdict.BAD,
                "Needed: eth_getBlockReceipts, or eth_getTransactionReceipt. Use another node.",
                partial(self._receipts, head),
            ),
            (
                "proofs",
                Verdict.LACKING,
                "Without eth_getProof state reads cannot be checked.",
                partial(self._proof, head),
            ),
            (
                "state by block hash",
                Verdict.LACKING,
                "Without EIP-1898 state reads may mix blocks in a reorg.",
                partial(self._answers, "eth_getBalance", _ZERO_ADDRESS, {"blockHash": head.hash}),
            ),
            (
                "old state",
                Verdict.LACKING,
                "Pools can only be taken up at recent blocks: an archive node has the others.",
                partial(self._old_state, head),
            ),
        )

    def _about_tiers(self, head: _Header, limits: AlarmLimits) -> tuple[_Question, ...]:
        return (
            (
                "pending block",
                Verdict.LACKING,
                "Its pending view is old or missing: do not simulate on it.",
                partial(self._tier, "pending", head, limits.lag_blocks),
            ),
            (
                "safe head",
                Verdict.LACKING,
                "Subscribers will not learn which block is safe.",
                partial(self._tier, "safe", head, limits.tier_blocks),
            ),
            (
                "finalized head",
                Verdict.LACKING,
                "Subscribers will not learn which block is final.",
                partial(self._tier, "finalized", head, limits.tier_blocks),
            ),
        )

    def _about_service(self, head: _Header, chain: Chain) -> tuple[_Question, ...]:
        polled = "Heads are polled for: give its ws:// or unix:// address if it has one."
        late = "Is the chain idle, or the node behind? Heads not announced come late."
        tracer = {"tracer": "callTracer"}
        return (
            (
                "transaction pool",
                Verdict.LACKING,
                "Pending transactions cannot be counted.",
                partial(self._answers, "txpool_status"),
            ),
            (
                "traces",
                Verdict.LACKING,
                "Only needed to look into transactions by hand.",
                partial(self._answers, "debug_traceBlockByHash", head.hash, tracer),
            ),
            (
                "batches",
                Verdict.LACKING,
                "Backfill and state reads will be slower.",
                partial(check_batches, self._session),
            ),
            ("errors", Verdict.LACKING, "", partial(check_errors, self._session)),
            (
                "heads announced",
                Verdict.LACKING,
                late if self._session.can_subscribe else polled,
                partial(self._subscription, chain),
            ),
            (
                "mempool announced",
                Verdict.LACKING,
                "Pending transactions cannot be watched through it.",
                self._mempool,
            ),
        )

    def _about_forks(self, chain: Chain) -> tuple[_Question, ...]:
        if not (chain.header_rules and chain.blob_forks):
            return ()
        advice = (
            f"A fork that conf/chains/{chain.name}.toml does not have stops the feed when it "
            "comes: add it. A node without eth_config cannot say so."
        )
        return (("forks", Verdict.LACKING, advice, partial(self._forks, chain)),)

    async def _forks(self, chain: Chain) -> str:
        answer = await self._ask("eth_config")
        try:
            unknown = unknown_blob_forks(answer, chain)
        except Rejected as error:
            # An answer of another form is no lie about the chain.
            raise RemoteProtocolError(str(error)) from None
        for fork in unknown:
            raise RemoteProtocolError(
                f"it has a blob schedule from {fork.time} on, target {fork.target}, maximum "
                f"{fork.maximum}, update fraction {fork.update_fraction}: not known here"
            )
        return "its blob schedules are those that are known here"

    async def _look(
        self, name: str, otherwise: Verdict, advice: str, ask: Callable[[], Awaitable[str]]
    ) -> None:
        try:
            finding = Finding(name, Verdict.GOOD, await ask())
        except Rejected as error:
            finding = Finding(name, Verdict.BAD, str(error), _FALSE)
        except Shortcoming as error:
            finding = Finding(name, Verdict.LACKING, str(error), error.advice)
        except (QenusError, ValueError) as error:
            finding = Finding(name, otherwise, str(error), advice)
        self._findings.append(finding)

    async def _answers(self, method: str, *params: object) -> str:
        if await self._ask(method, *params) == b"null":
            raise RemoteProtocolError(f"{method}: null")
        return method

    async def _ask(self, method: str, *params: object) -> bytes:
        seconds = self._patience.call_seconds
        return await self._session.read(method, *params, timeout_seconds=seconds)

    async def _chain(self) -> Chain | None:
        try:
            chain_id = quantity(_decoded(await self._ask("eth_chainId"), str))
        except (ConnectionLost, RpcTimeout):
            # Nothing has been said of any chain: that is the connection's finding.
            raise
        except RpcError as error:
            # Over HTTP it is the first call that shows whether a node is there.
            if 100 <= error.code < 600 or error.busy:
                self._findings.append(connection_finding(error))
                return None
            self._findings.append(Finding("chain", Verdict.BAD, str(error), _NO_NODE))
            return None
        except (QenusError, ValueError) as error:
            self._findings.append(Finding("chain", Verdict.BAD, str(error), _NO_NODE))
            return None
        known = self._chains.get(chain_id)
        found = f"{chain_id} ({known.name if known else 'unknown to Qenus'})"
        verdict = Verdict.GOOD if known else Verdict.LACKING
        advice = "" if known else "Its blocks are taken to be proven as Ethereum's are."
        self._findings.append(Finding("chain", verdict, found, advice))
        if known is None:
            # What its headers have to keep is not known either.
            return Chain(f"chain {chain_id}", chain_id, ChainKind.ETHEREUM, header_rules=False)
        return known if self._header_rules else attrs.evolve(known, header_rules=False)

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

    async def _synced(self) -> str:
        answer = await self._ask("eth_syncing")
        if answer != b"false":
            raise RemoteProtocolError(f"it is still syncing: {answer[:200].decode()}")
        return "it says so"

    async def _receipts(self, head: _Header) -> str:
        wanted = Announced(quantity(head.number), bytes.fromhex(head.hash[2:66]), b"", 0)
        block = await self._ask("eth_getBlockByHash", head.hash, True)
        began = trio.current_time()
        way, answer, refusals = await find_receipts(self._session, wanted, block)
        took_ms = 1000 * (trio.current_time() - began)
        self._receipt_way = way
        if refusals:
            raise one_way_only(way, refusals)
        count = len(_decoded(answer, list[msgspec.Raw]))
        return f"{count} of the head, {len(answer):,} bytes in {took_ms:.1f} ms"

    async def _proof(self, head: _Header) -> str:
        block, zero_address = bytes.fromhex(head.hash[2:]), bytes(20)
        proven = await StateReader(self._session).proven(block, zero_address, [bytes(32)])
        return f"a proof of {len(proven.storage)} slot holds against the head's state root"

    async def _old_state(self, head: _Header) -> str:
        number = max(quantity(head.number) - _OLD_BLOCKS, 0)
        await self._answers("eth_getBalance", _ZERO_ADDRESS, hex(number))
        return f"it has the state of block {number}"

    async def _tier(self, tag: str, head: _Header, limit: int) -> str:
        answer = await self._ask("eth_getBlockByNumber", tag, False)
        number = None if answer == b"null" else _decoded(answer, _Height).number
        if number is None:
            raise RemoteProtocolError("it knows none")
        behind = quantity(head.number) - quantity(number)
        found = f"block {quantity(number)}, {behind} behind the head"
        if behind >= limit:
            raise RemoteProtocolError(f"{found}: expected fewer than {limit}")
        return found if behind > 0 else f"block {quantity(number)}"

    async def _head(self, limits: AlarmLimits) -> _Header | None:
        try:
            head = _decoded(await self._ask("eth_getBlockByNumber", "latest", False), _Header)
            age = time.time() - quantity(head.timestamp)
            number = quantity(head.number)
        except (QenusError, ValueError) as error:
            self._findings.append(Finding("head", Verdict.BAD, str(error), "It has no head."))
            return None
        old = age > limits.stale_seconds
        self._findings.append(
            Finding(
                "head",
                Verdict.LACKING if old else Verdict.GOOD,
                f"block {number}, {max(age, 0):.0f} s old",
                f"Expected at most {limits.stale_seconds:.0f} s: is it behind, or the chain idle?"
                if old
                else "",
            )
        )
        return head

    async def _subscription(self, chain: Chain) -> str:
        if not self._session.can_subscribe:
            raise RemoteProtocolError("not over HTTP")
        seconds = self._patience.announcement_seconds
        if seconds is None:
            seconds = max(2 * chain.block_seconds + 1, _LEAST_WAIT_SECONDS)
        return await check_announcements(self._session, seconds)

    async def _mempool(self) -> str:
        if not self._session.can_subscribe:
            raise RemoteProtocolError("not over HTTP")
        await self._session.subscribe("newPendingTransactions")
        return "newPendingTransactions"

    def _sum_up(self) -> None:
        done = self._session.statistics
        mean_ms = 1000 * done.seconds / max(done.answered, 1)
        found = (
            f"{done.calls} asked, {done.answered} answered, {done.refused} refused, "
            f"{done.timed_out} late; {done.received_bytes:,} bytes; {mean_ms:.1f} ms at the mean, "
            f"{1000 * done.slowest_seconds:.1f} worst"
        )
        self._findings.append(Finding("calls", Verdict.GOOD, found))
        if done.busy:
            found = f"{done.busy} of {done.calls} calls met a busy node"
            self._findings.append(Finding("rate limits", Verdict.LACKING, found, _BUSY))
        if done.irregular:
            found = f"{done.irregular} break the rules of JSON-RPC, in ids or errors"
            self._findings.append(Finding("answers", Verdict.LACKING, found, _IRREGULAR))

    async def _honesty(self, chain: Chain, head: int, blocks: int) -> str:
        before: Block | None = None
        transactions, logs, began = 0, 0, trio.current_time()
        numbers = range(max(0, head - blocks + 1), head + 1)
        for number in numbers:
            block = await self._ask("eth_getBlockByNumber", hex(number), True)
            header = _decoded(block, _Header)
            receipts = await self._receipts_of(header, block)
            sealed = seal(block, receipts, chain)
            if before is not None:
                check_child(sealed, before, chain)
            before = sealed
            transactions += len(sealed.transactions)
            logs += sum(len(one.logs) for one in sealed.transactions)
        each_ms = 1000 * (trio.current_time() - began) / len(numbers)
        return (
            f"{len(numbers)} blocks proven and linked, {transactions} transactions, {logs} logs, "
            f"{each_ms:.1f} ms a block"
        )

    async def _receipts_of(self, header: _Header, block: bytes) -> bytes:
        wanted = Announced(quantity(header.number), bytes.fromhex(header.hash[2:66]), b"", 0)
        try:
            return await read_receipts(self._session, self._receipt_way, wanted, block)
        except NotThere as error:
            raise RemoteProtocolError(f"block {wanted.number}: {error}") from None
