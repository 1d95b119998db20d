"""Balancer V2: pools whose tokens one vault holds, weighted and composable stable.

Any account may register a pool in the vault; a pool is followed when a known factory confirms that
it made it. The vault's events say what a pool's balances become. All else is read at the block's
own hash, because no event repeats it for a node that meets the pool late: an amplification on its
way, a pause that runs out, rates as the pool keeps them, shares that the protocol has earned.
Source: Balancer v2 Vault, PoolBalances, Swaps, AssetManagers; WeightedPool, ComposableStablePool.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from qenus.chain.keccak import keccak256
from qenus.protocols.balancer_v2.answers import VaultTokens, uints, vault_tokens
from qenus.protocols.balancer_v2.factories import PoolFactory, PoolKind, read_pool_factories
from qenus.protocols.balancer_v2.fixed_point import ONE
from qenus.protocols.balancer_v2.stable_math import AMP_PRECISION
from qenus.protocols.balancer_v2.stable_pool import BalancerStablePool, InvariantVersion
from qenus.protocols.balancer_v2.weighted_pool import BalancerWeightedPool
from qenus.protocols.bounds import OutOfBounds, QuoteRefused
from qenus.protocols.pool_family import VaultFamily
from qenus.protocols.reads import Answer, Call, Plan, call_data, signed, words_of
from qenus.protocols.records import Decimals, PoolRecord, UnexpectedAnswer, price_x128, words
from qenus.protocols.refusal import Refusal
from qenus.protocols.venue import Venue
from qenus.wire import BalancerStablePoolState, BalancerWeightedPoolState, Block, Log

__all__ = ["BalancerV2", "VaultPool", "VaultTerms"]

_SWAP = keccak256(b"Swap(bytes32,address,address,uint256,uint256)")
_CHANGED = keccak256(b"PoolBalanceChanged(bytes32,address,address[],int256[],uint256[])")
_MANAGED = keccak256(b"PoolBalanceManaged(bytes32,address,address,int256,int256)")
_REGISTERED = keccak256(b"TokensRegistered(bytes32,address[],address[])")
_DEREGISTERED = keccak256(b"TokensDeregistered(bytes32,address[])")
# Events of the pools themselves; the state after them is read.
_OF_POOLS = frozenset(
    keccak256(each)
    for each in (
        b"SwapFeePercentageChanged(uint256)",
        b"PausedStateChanged(bool)",
        b"RecoveryModeStateChanged(bool)",
        b"ProtocolFeePercentageCacheUpdated(uint256,uint256)",
        b"AmpUpdateStarted(uint256,uint256,uint256,uint256)",
        b"AmpUpdateStopped(uint256)",
        b"TokenRateCacheUpdated(uint256,uint256)",
        b"TokenRateProviderSet(uint256,address,uint256)",
    )
)
_POOL_ID = call_data("getPoolId()")
_WEIGHTS = call_data("getNormalizedWeights()")
_OWN_TOKEN = call_data("getBptIndex()")
_FEE = call_data("getSwapFeePercentage()")
_SUPPLY = call_data("totalSupply()")
_ACTUAL_SUPPLY = call_data("getActualSupply()")
_PAUSED = call_data("getPausedState()")
_RECOVERY = call_data("inRecoveryMode()")
_AMP = call_data("getAmplificationParameter()")
_SCALING = call_data("getScalingFactors()")
_WEIGHTED = {PoolKind.WEIGHTED_1, PoolKind.WEIGHTED_2, PoolKind.WEIGHTED_3}
_UINT64_MAX = (1 << 64) - 1

_Curve: TypeAlias = BalancerWeightedPool | BalancerStablePool


@attrs.frozen
class VaultTerms:
    """What a pool was made with: its id in the vault, who made it, and what never changes.

    `weights` are a weighted pool's, 18 decimals; `own_token` is where a stable pool's own token
    stands among its tokens.
    """

    id: bytes
    maker: PoolFactory
    weights: tuple[int, ...] = ()
    own_token: int | None = None


@attrs.frozen
class VaultPool:
    """A pool's balances and curve, and what was read beside them at the block's end."""

    curve: _Curve
    amp_updating: bool = False
    recovery_mode: bool = False
    total_supply: int = 0
    actual_supply: int | None = None
    rates_expire: int | None = None


_Record = PoolRecord[VaultPool, VaultTerms]
_Factories = tuple[PoolFactory, ...]


class BalancerV2(VaultFamily[VaultPool, VaultTerms, _Factories]):
    """The family balancer_v2."""

    NAME = "balancer_v2"
    REGISTRY_KEYS = frozenset({"pool_factories"})
    VAULT = frozenset({_SWAP, _CHANGED, _MANAGED, _REGISTERED, _DEREGISTERED})
    TOUCHING = VAULT | _OF_POOLS
    HARMLESS = frozenset(
        keccak256(each)
        for each in (
            b"Transfer(address,address,uint256)",
            b"Approval(address,address,uint256)",
            b"OracleEnabledChanged(bool)",
        )
    )

    def venue_terms(self, where: str, table: Mapping[str, Any], errors: list[str]) -> _Factories:
        """Read `pool_factories`."""
        return read_pool_factories(where, table, errors)

    def pool_in(self, log: Log) -> bytes | None:
        """Give the address of the pool that a vault's log is about; None where it is about none.

        Source: PoolRegistry._toPoolId, which begins with the address of who registered it.
        """
        if log.topics[0] not in self.VAULT or len(log.topics) < 2:
            return None
        return log.topics[1][:20]

    def made(
        self, venue: Venue[_Factories], address: bytes, block_hash: bytes
    ) -> Plan[_Record | None]:
        """Ask the factories which of them made a pool, and the pool for its id and terms."""
        owned = call_data("isPoolFromFactory(address)", address)
        identity, *answers = yield [
            Call(block_hash, address, _POOL_ID, unverified=True),
            *(Call(block_hash, maker.address, owned) for maker in venue.terms),
        ]
        makers = [
            maker
            for maker, answer in zip(venue.terms, answers, strict=True)
            if words_of(answer, 1) == (1,)
        ]
        if len(makers) != 1 or words_of(identity, 1) is None or identity is None:
            return None
        (maker,), pool_id = makers, identity[:32]
        terms_call = _WEIGHTS if maker.kind in _WEIGHTED else _OWN_TOKEN
        held, made_with = yield [
            _held(venue, pool_id, block_hash),
            Call(block_hash, address, terms_call),
        ]
        holds = vault_tokens(held)
        if pool_id[:20] != address or holds is None:
            return None
        terms = _terms(pool_id, maker, made_with, len(holds.tokens))
        if terms is None:
            return None
        token0, token1, *others = holds.tokens
        return PoolRecord(venue, address, token0, token1, terms, more_tokens=tuple(others))

    def load(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read the vault's balances; none of them stands where the pool was not registered yet."""
        terms = record.terms
        (answer,) = yield [_held(record.venue, terms.id, block_hash)]
        if answer is None:
            return attrs.evolve(record, pool=None)
        holds = _holds(record, answer)
        return attrs.evolve(record, pool=VaultPool(_curve(record, holds.balances)))

    def refresh(self, record: _Record, block_hash: bytes) -> Plan[_Record]:
        """Read fee, supply, pause and recovery; a stable pool's amplification and rates."""
        pool = record.pool
        if pool is None:
            return record
        at, where = record.address, f"0x{record.address.hex()}"
        fee, supply, paused, halted, actual, recovery = yield [
            Call(block_hash, to, data)
            for to, data in (
                (at, _FEE),
                (at, _SUPPLY),
                (at, _PAUSED),
                (record.venue.factory, _PAUSED),
                (at, _ACTUAL_SUPPLY),
                (at, _RECOVERY),
            )
        ]
        charged = words(fee, 1, f"getSwapFeePercentage of {where}")[0]
        stands_still = [
            words(each, 1, f"getPausedState of {where}")[0] for each in (paused, halted)
        ]
        # The first weighted pools know no recovery, and of what is due to the protocol they say
        # nothing.
        recovers, real = words_of(recovery, 1), words_of(actual, 1)
        read = VaultPool(
            pool.curve,
            recovery_mode=bool(recovers and recovers[0]),
            total_supply=words(supply, 1, f"totalSupply of {where}")[0],
            actual_supply=real[0] if real else None,
        )
        balances, is_paused = pool.curve.balances, any(stands_still)
        if isinstance(pool.curve, BalancerWeightedPool):
            curve: _Curve = _weighted(record, balances, charged, is_paused)
            return attrs.evolve(record, pool=attrs.evolve(read, curve=curve))
        amp, scaling, *rates = yield [
            Call(block_hash, at, _AMP),
            Call(block_hash, at, _SCALING),
            *(
                Call(block_hash, at, call_data("getTokenRateCache(address)", token))
                for token in record.tokens
                if token != at
            ),
        ]
        value, is_updating, precision = words(amp, 3, f"getAmplificationParameter of {where}")
        factors = uints(scaling, 0, len(balances))
        if precision != AMP_PRECISION or factors is None:
            raise UnexpectedAnswer(
                f"amplification and scaling of {where}: not those of such a pool"
            )
        curve = _stable(record, balances, factors, value, charged, is_paused)
        expire = _rates_expire(rates, where)
        read = attrs.evolve(read, curve=curve, amp_updating=bool(is_updating), rates_expire=expire)
        return attrs.evolve(record, pool=read)

    def apply(self, record: _Record, log: Log, block: Block) -> _Record:
        """Take what the vault says of the pool's balances; what the pool itself says is read."""
        del block
        if log.address != record.venue.factory:
            return record
        terms = record.terms
        if log.topics[1] != terms.id:
            raise Refusal("pool id", terms.id.hex(), log.topics[1])
        pool = record.pool
        if log.topics[0] == _REGISTERED:
            if pool is not None or uints(log.data, 0, len(record.tokens)) != _as_ints(record):
                raise Refusal("tokens", "those of the pool, once", log.data)
            return attrs.evolve(record, pool=VaultPool(_curve(record, (0,) * len(record.tokens))))
        if pool is None or log.topics[0] == _DEREGISTERED:
            raise Refusal("pool", "one that keeps its tokens", b"")
        if log.topics[0] == _SWAP:
            sold, bought = (_place(record, topic) for topic in log.topics[2:4])
            curve: _Curve = pool.curve.apply_swap(sold, bought, *_said(log))
        else:
            changes = _changes(record, log)
            balances = zip(pool.curve.balances, changes, strict=True)
            curve = pool.curve.apply_balances(tuple(held + change for held, change in balances))
        return attrs.evolve(record, pool=attrs.evolve(pool, curve=curve))

    def probe(self, record: _Record, block_hash: bytes) -> Plan[tuple[int, ...] | None]:
        """Read the vault's balances."""
        terms = record.terms
        (answer,) = yield [_held(record.venue, terms.id, block_hash)]
        holds = vault_tokens(answer)
        return None if holds is None else holds.balances

    def facts(self, record: _Record) -> tuple[int, ...]:
        """Give the balances."""
        return record.state.curve.balances

    def feature(
        self, record: _Record, decimals: Decimals
    ) -> BalancerWeightedPoolState | BalancerStablePoolState | None:
        """Give the state of the pool. Decimals stand with the batch's tokens."""
        del decimals
        pool = record.pool
        if pool is None:
            return None
        if isinstance(pool.curve, BalancerWeightedPool):
            return _weighted_state(record, pool, pool.curve)
        return _stable_state(record, pool, pool.curve)


def _held(venue: Venue[_Factories], pool_id: bytes, block_hash: bytes) -> Call:
    return Call(block_hash, venue.factory, call_data("getPoolTokens(bytes32)", pool_id))


def _terms(pool_id: bytes, maker: PoolFactory, made_with: Answer, tokens: int) -> VaultTerms | None:
    """Read a weighted pool's weights, or where a stable pool's own token stands."""
    if maker.kind in _WEIGHTED:
        weights = uints(made_with, 0, tokens)
        return None if weights is None else VaultTerms(pool_id, maker, weights)
    place = words_of(made_with, 1)
    if place is None or place[0] >= tokens:
        return None
    return VaultTerms(pool_id, maker, own_token=place[0])


def _holds(record: _Record, answer: Answer) -> VaultTokens:
    """Read what the vault holds for a pool.

    Raises:
        UnexpectedAnswer: other tokens than it was made with.
    """
    holds = vault_tokens(answer)
    if holds is None or holds.tokens != record.tokens:
        raise UnexpectedAnswer(
            f"getPoolTokens of 0x{record.address.hex()}: not the tokens of the pool"
        )
    return holds


def _curve(record: _Record, balances: tuple[int, ...]) -> _Curve:
    """The curve before fee, amplification and rates are read."""
    terms = record.terms
    if terms.weights:
        return _weighted(record, balances, 0, False)
    return _stable(record, balances, (ONE,) * len(balances), AMP_PRECISION, 0, False)


def _weighted(
    record: _Record, balances: tuple[int, ...], fee: int, paused: bool
) -> BalancerWeightedPool:
    """The curve of a weighted pool in smallest units: its prices need no decimals."""
    terms = record.terms
    return BalancerWeightedPool.at(
        balances=balances, decimals=(18,) * len(balances), weights=terms.weights, fee=fee,
        shortcuts=terms.maker.kind is not PoolKind.WEIGHTED_1, paused=paused,
    )  # fmt: skip


def _stable(
    record: _Record,
    balances: tuple[int, ...],
    scaling: tuple[int, ...],
    amp: int,
    fee: int,
    paused: bool,
) -> BalancerStablePool:
    terms = record.terms
    return BalancerStablePool.at(
        balances=balances, scaling=scaling, amp=amp, fee=fee, own_token=terms.own_token,
        version=InvariantVersion.TRUNCATED, paused=paused,
    )  # fmt: skip


def _rates_expire(caches: Sequence[Answer], where: str) -> int | None:
    """When the first of the rates that a pool keeps is read anew; tokens without one revert."""
    expire = [cache[3] for cache in (words_of(each, 4) for each in caches) if cache is not None]
    if any(each > _UINT64_MAX for each in expire):
        raise UnexpectedAnswer(
            f"getTokenRateCache of {where}: expected a time, found {max(expire)}"
        )
    return min(expire, default=None)


def _place(record: _Record, topic: bytes) -> int:
    """Where a token stands.

    Raises:
        Refusal: it is none of the pool's.
    """
    if topic[12:] not in record.tokens:
        raise Refusal("token", "one of the pool's", topic)
    return record.tokens.index(topic[12:])


def _said(log: Log) -> tuple[int, int]:
    said = words_of(log.data, 2)
    if said is None:
        raise Refusal("data", "64 bytes", len(log.data))
    return said[0], said[1]


def _changes(record: _Record, log: Log) -> list[int]:
    """What each balance changed by in a join, an exit or a move of an asset manager.

    Source: PoolBalances._callPoolBalanceChange, AssetManagers._performPoolManagementOperation.
    """
    count = len(record.tokens)
    if log.topics[0] == _MANAGED:
        place, (cash, managed) = _place(record, log.topics[-1]), map(signed, _said(log))
        return [cash + managed if at == place else 0 for at in range(count)]
    tokens, deltas, fees = (uints(log.data, at, count) for at in range(3))
    if tokens != _as_ints(record) or deltas is None or fees is None:
        raise Refusal("data", f"changes of the {count} tokens of the pool", log.data)
    return [signed(delta) - fee for delta, fee in zip(deltas, fees, strict=True)]


def _as_ints(record: _Record) -> tuple[int, ...]:
    return tuple(int.from_bytes(token, "big") for token in record.tokens)


def _weighted_state(
    record: _Record, pool: VaultPool, curve: BalancerWeightedPool
) -> BalancerWeightedPoolState:
    terms = record.terms
    return BalancerWeightedPoolState(
        record.address,
        terms.id,
        record.venue.factory,
        terms.maker.address,
        record.tokens,
        _packed(curve.balances, 14),
        _packed(curve.weights),
        curve.fee.to_bytes(32, "big"),
        curve.shortcuts,
        curve.paused,
        pool.recovery_mode,
        pool.total_supply.to_bytes(32, "big"),
        None if pool.actual_supply is None else pool.actual_supply.to_bytes(32, "big"),
        record.venue.name,
        *_prices(curve, 0),
    )


def _stable_state(
    record: _Record, pool: VaultPool, curve: BalancerStablePool
) -> BalancerStablePoolState:
    terms = record.terms
    own_token = terms.own_token or 0
    return BalancerStablePoolState(
        record.address,
        terms.id,
        record.venue.factory,
        terms.maker.address,
        record.tokens,
        _packed(curve.balances, 14),
        _packed(curve.scaling),
        own_token,
        curve.amp,
        pool.amp_updating,
        curve.fee.to_bytes(32, "big"),
        curve.paused,
        pool.recovery_mode,
        pool.total_supply.to_bytes(32, "big"),
        None if pool.actual_supply is None else pool.actual_supply.to_bytes(32, "big"),
        pool.rates_expire,
        record.venue.name,
        *_prices(curve, 1 if own_token == 0 else 0),
    )


def _packed(values: Sequence[int], size: int = 32) -> tuple[bytes, ...]:
    return tuple(value.to_bytes(size, "big") for value in values)


def _prices(curve: _Curve, first: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The prices of the first token in each, and of each in the first."""
    of_first, in_first = [], []
    for at in range(len(curve.balances)):
        of_first.append(_price(curve, first, at))
        in_first.append(_price(curve, at, first))
    return tuple(of_first), tuple(in_first)


def _price(curve: _Curve, token_in: int, token_out: int) -> bytes:
    try:
        return price_x128(curve.spot_price(token_in, token_out)) or bytes(32)
    except (QuoteRefused, OutOfBounds):
        return bytes(32)
