"""The world of the campaign: pools of every family that the hands are the only ones to use."""

from collections.abc import Mapping, Sequence
from typing import Any

from algebra_operations import AlgebraOperations
from balancer_operations import (
    BalancerOperations,
    SharesState,
    StableOperations,
    WeightedOperations,
)
from concentrated_operations import ConcentratedOperations, PoolState, Range
from drawn_operations import Family
from v2_operations import PairOperations
from v3_operations import V3Operations
from v4_operations import V4Operations

from qenus.pools import (
    AlgebraPool,
    BalancerStablePool,
    BalancerWeightedPool,
    FeeConfiguration,
    InvariantVersion,
    Timepoint,
    UniswapV3Pool,
    VolatilityRecord,
)
from qenus.protocols.uniswap_v3.tick_math import tick_at_sqrt_price
from tools.devnet import DevnetChain, Transaction
from tools.devnet.addresses import TokenFacts
from tools.devnet.calls import arguments, call_data
from tools.devnet.packages import Package, artifact
from tools.devnet.protocols.hands import Hands, Step, deploy_hands
from tools.devnet.protocols.tokens import Token

__all__ = ["PROTOCOLS", "deploy_world"]

# What the world is built on; Algebra's pools are created by its own factory.
PROTOCOLS = ("uniswap_v2", "uniswap_v3", "uniswap_v4", "algebra", "balancer_v2")
_AAVE = Package("@aave/core-v3", "1.19.3")
_MINTABLE = "artifacts/contracts/mocks/tokens/MintableERC20.sol/MintableERC20.json"
_V2_CORE = Package("@uniswap/v2-core", "1.0.1")
_DECIMALS = (18, 6, 18, 8)
_PLENTY = 1 << 180
_EVEN = 1 << 96
_MINTS_IN_A_BLOCK = 100
_ZERO_ADDRESS = "0x" + "00" * 20
_V4_KEY = "(address,address,uint24,int24,address)"
_SOMEONE = "0x" + "ab" * 20
_COMMUNITY = "0x" + "cd" * 20


async def deploy_world(node: DevnetChain, *, narrow: int = 250) -> tuple[Hands, list[Family]]:
    """Make tokens, give plenty of them to the hands, and make the pools.

    `narrow` positions stand side by side on each side of a price, in the pools that have such.
    """
    # A block a second, whatever the clock says: what a seed draws depends on nothing else.
    await node.rpc.call("anvil_setBlockTimestampInterval", 1)
    hands = await deploy_hands(node, node.accounts[9].address)
    tokens = await _tokens(node, hands)
    families: list[Family] = [
        *await _v2(node, hands, tokens),
        *await _v3(node, hands, tokens, narrow),
        *await _v4(node, hands, tokens, narrow),
        *await _algebra(node, hands, tokens, narrow),
        *await _balancer(node, hands, tokens),
    ]
    return hands, families


async def _tokens(node: DevnetChain, hands: Hands) -> list[Token]:
    """In the order of their addresses, as pools have them."""
    code = artifact(_AAVE, _MINTABLE).creation
    tokens = []
    for number, decimals in enumerate(_DECIMALS):
        facts = TokenFacts(f"T{number}", f"Token {number}", decimals, 1)
        named = arguments("(string,string,uint8)", facts.name, facts.symbol, decimals)
        contract = await node.deploy(facts.symbol, code, named)
        tokens.append(Token(facts, contract.address))
    mints = [Step(token.address, call_data("mint(uint256)", _PLENTY)) for token in tokens]
    await node.execute(hands.perform(*mints))
    return sorted(tokens, key=lambda token: int(token.address, 16))


async def _v2(node: DevnetChain, hands: Hands, tokens: Sequence[Token]) -> list[Family]:
    """A pair without the protocol's fee, and one with it, of another factory."""
    owner = node.accounts[0].address
    factory = await node.deploy(
        "UniswapV2Factory with fee",
        artifact(_V2_CORE, "build/UniswapV2Factory.json").creation,
        arguments("(address)", owner),
    )
    give = call_data("setFeeTo(address)", _SOMEONE)
    await node.execute(Transaction(owner, factory.address, give))
    families: list[Family] = []
    for maker, pair, fee_on in (
        (node.contracts["UniswapV2Factory"].address, (tokens[0], tokens[1]), False),
        (factory.address, (tokens[1], tokens[2]), True),
    ):
        both = (pair[0].address, pair[1].address)
        create = call_data("createPair(address,address)", *both)
        await node.execute(Transaction(owner, maker, create, gas=5_000_000))
        (address,) = await node.view(maker, "getPair(address,address)", *both, returns="(address)")
        name = "V2 with fee" if fee_on else "V2"
        families.append(PairOperations(name, address, pair, hands, fee_on=fee_on))
    return families


def dense(spacing: int, count: int) -> dict[Range, int]:
    """Ranges of one spacing each side by side around zero, and one over all of them."""
    edge = count * spacing
    narrow = {
        (at * spacing, (at + 1) * spacing): 10**15 + 10**9 * at for at in range(-count, count)
    }
    return {**narrow, (-edge, edge): 10**18}


async def _v3(
    node: DevnetChain, hands: Hands, tokens: Sequence[Token], narrow: int
) -> list[Family]:
    """A pool of narrow positions side by side, of which the protocol keeps parts of the fees, and
    one with a position over the whole range."""
    families: list[Family] = []
    factory, owner = node.contracts["UniswapV3Factory"].address, node.accounts[0].address
    wide = {(-887220, 887220): 10**15, (-6000, 6000): 10**19}
    for name, weight, fee, spacing, positions, fee_protocol in (
        ("V3", 14, 500, 10, dense(10, narrow), (4, 10)),
        ("V3 full range", 8, 3000, 60, wide, (0, 0)),
    ):
        pair = (tokens[0], tokens[2])
        both = (pair[0].address, pair[1].address)
        create = call_data("createPool(address,address,uint24)", *both, fee)
        await node.execute(Transaction(owner, factory, create, gas=8_000_000))
        (address,) = await node.view(
            factory, "getPool(address,address,uint24)", *both, fee, returns="(address)"
        )
        price = _EVEN * 101 // 100
        start = Step(address, call_data("initialize(uint160)", price))
        pool = UniswapV3Pool(fee, spacing, price, tick_at_sqrt_price(price), 0)
        family = V3Operations(name, weight, address, pair, hands, pool, fee_protocol=fee_protocol)
        await _provide(node, hands, family, [start], positions)
        take = call_data("setFeeProtocol(uint8,uint8)", *fee_protocol)
        await node.execute(Transaction(owner, address, take))
        families.append(family)
    return families


async def _v4(
    node: DevnetChain, hands: Hands, tokens: Sequence[Token], narrow: int
) -> list[Family]:
    """A pool of narrow positions side by side, one of which the protocol takes its fees, and one
    whose fee is everything."""
    families: list[Family] = []
    wide = {(-887220, 887220): 10**15}
    manager, owner = node.contracts["PoolManager"].address, node.accounts[0].address
    control = call_data("setProtocolFeeController(address)", owner)
    await node.execute(Transaction(owner, manager, control))
    for name, weight, fee, spacing, pair, positions, protocol_fees in (
        ("V4", 12, 100, 1, (tokens[1], tokens[3]), dense(1, narrow // 2), (0, 0)),
        ("V4 with protocol fees", 8, 3000, 60, (tokens[1], tokens[3]), wide, (1000, 250)),
        ("V4, all is fee", 8, 1_000_000, 60, (tokens[0], tokens[2]), wide, (1000, 250)),
    ):
        price = _EVEN * 1001 // 1000
        pool = UniswapV3Pool(fee, spacing, price, tick_at_sqrt_price(price), 0)
        family = V4Operations(name, weight, manager, pair, hands, pool)
        key = (*family.pool_key, _ZERO_ADDRESS)
        start = call_data(f"initialize({_V4_KEY},uint160)", key, price)
        fees = protocol_fees[0] | protocol_fees[1] << 12
        take = call_data(f"setProtocolFee({_V4_KEY},uint24)", key, fees)
        await node.execute(Transaction(owner, manager, start), Transaction(owner, manager, take))
        family.state = PoolState(family.state.pool.apply_fees(fee, protocol_fees))
        await _provide(node, hands, family, [], positions)
        families.append(family)
    return families


async def _algebra(
    node: DevnetChain, hands: Hands, tokens: Sequence[Token], narrow: int
) -> list[Family]:
    """A pool of narrow positions side by side, and a calm one over the whole range, which pays
    parts of its fees to the community."""
    families: list[Family] = []
    factory, owner = node.contracts["AlgebraFactory"].address, node.accounts[0].address
    await node.execute(
        Transaction(owner, factory, call_data("setVaultAddress(address)", _COMMUNITY))
    )
    for name, pair, positions, community_fees, vault in (
        ("Algebra", (tokens[0], tokens[3]), dense(60, narrow // 2), (0, 0), None),
        ("Algebra, calm", (tokens[1], tokens[2]), {(-887220, 887220): 10**24}, (250, 100),
         _COMMUNITY),
    ):  # fmt: skip
        both = (pair[0].address, pair[1].address)
        create = call_data("createPool(address,address)", *both)
        await node.execute(Transaction(owner, factory, create, gas=12_000_000))
        (address,) = await node.view(
            factory, "poolByPair(address,address)", *both, returns="(address)"
        )
        price = _EVEN * 99 // 100
        start = call_data("initialize(uint160)", price)
        (receipt,) = await node.execute(Transaction(hands.owner, address, start))
        time = await _time_of(node, receipt["blockNumber"])
        pool = await _algebra_pool(node, address, price, time)
        calm = len(positions) == 1
        family = AlgebraOperations(
            name, 8, address, pair, hands, pool,
            calm=calm, community_fees=community_fees, vault=vault,
        )  # fmt: skip
        await _provide(node, hands, family, [], positions)
        take = call_data("setCommunityFee(uint8,uint8)", *community_fees)
        await node.execute(Transaction(owner, address, take))
        families.append(family)
    return families


async def _algebra_pool(node: DevnetChain, address: str, price: int, time: int) -> AlgebraPool:
    """The pool as it begins, with all the timepoints that it has."""
    (keeper,) = await node.view(address, "dataStorageOperator()", returns="(address)")
    configuration = await node.view(
        keeper, "feeConfig()", returns=f"(uint16,uint16,{'uint32,' * 2}uint16,uint16,uint32,"
        "uint16,uint16)"
    )  # fmt: skip
    _, at, ticks, _, volatility, average, volume = await node.view(
        *(address, "timepoints(uint256)", 0),
        returns="(bool,uint32,int56,uint160,uint88,int24,uint144)",
    )
    (_, tick, fee, *_) = await node.view(
        address, "globalState()", returns="(uint160,int24,uint16,uint16,uint8,uint8,bool)"
    )
    assert at == time
    record = VolatilityRecord.at(
        timepoints=[Timepoint(at, ticks, volatility, average, volume)],
        configuration=FeeConfiguration(*configuration),
    )
    curve = UniswapV3Pool(0, 60, price, tick, 0)
    return AlgebraPool.at(curve, fees=(fee, fee), fees_at=time, volatility=record)


async def _time_of(node: DevnetChain, number: str) -> int:
    block = await node.rpc.call("eth_getBlockByNumber", number, False)
    return int(block["timestamp"], 16)


async def _balancer(node: DevnetChain, hands: Hands, tokens: Sequence[Token]) -> list[Family]:
    """Weighted pools, one with the powers that are multiplied out and one so lopsided that costs
    leave what the vault can note; and a composable stable."""
    vault = node.contracts["Vault"].address
    everything = call_data("approve(address,uint256)", vault, (1 << 256) - 1)
    await node.execute(hands.perform(*(Step(token.address, everything) for token in tokens)))
    families: list[Family] = []
    for name, chosen, percents in (
        ("weighted", tokens[:3], (20, 40, 40)),
        ("weighted 70/30", tokens[2:], (70, 30)),
        ("weighted 1/99", _of_18_decimals(tokens), (1, 99)),
    ):
        weights = tuple(percent * 10**16 for percent in percents)
        address = await _created(
            *(node, hands, "WeightedPoolFactory"),
            "create(string,string,address[],uint256[],address[],uint256,address)",
            *("W", "W", [token.address for token in chosen], weights),
            *([_ZERO_ADDRESS] * len(chosen), 3 * 10**15, hands.address),
        )
        pool = BalancerWeightedPool.at(
            balances=(0,) * len(chosen),
            decimals=tuple(token.facts.decimals for token in chosen),
            weights=weights, fee=3 * 10**15, shortcuts=True,
        )  # fmt: skip
        families.append(await _begun(node, hands, name, address, chosen, pool, WeightedOperations))
    chosen = (tokens[0], tokens[1], tokens[3])
    address = await _created(
        *(node, hands, "ComposableStablePoolFactory"),
        "create(string,string,address[],uint256,address[],uint256[],bool[],uint256,address)",
        *("S", "S", [token.address for token in chosen], 200, [_ZERO_ADDRESS] * 3),
        *([0] * 3, [False] * 3, 10**14, hands.address),
    )
    own = sorted((address, *(token.address for token in chosen))).index(address)
    scaling = [10 ** (36 - token.facts.decimals) for token in chosen]
    scaling.insert(own, 10**18)
    stable = BalancerStablePool.at(
        balances=(0,) * 4, scaling=tuple(scaling), amp=200_000, fee=10**14,
        version=InvariantVersion.TRUNCATED, own_token=own, supply=0,
    )  # fmt: skip
    families.append(await _begun(node, hands, "stable", address, chosen, stable, StableOperations))
    return families


def _of_18_decimals(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.facts.decimals == 18]


async def _created(
    node: DevnetChain, hands: Hands, factory: str, signature: str, *values: Any
) -> str:
    """Create a pool that the hands own and may pause; give its address."""
    maker, owner = node.contracts[factory].address, node.accounts[0].address
    data = call_data(signature, *values)
    (receipt,) = await node.execute(Transaction(owner, maker, data, gas=15_000_000))
    (created,) = [log for log in receipt["logs"] if log["address"] == maker]
    address = f"0x{created['topics'][1][26:]}"
    admin = node.contracts["Authorizer"].address
    for verb in ("pause()", "unpause()"):
        selector = bytes.fromhex(call_data(verb)[2:10])
        (action,) = await node.view(address, "getActionId(bytes4)", selector, returns="(bytes32)")
        grant = call_data("grantRole(bytes32,address)", action, hands.address)
        await node.execute(Transaction(owner, admin, grant))
    return address


async def _begun(
    node: DevnetChain,
    hands: Hands,
    name: str,
    address: str,
    chosen: Sequence[Token],
    pool: Any,
    kind: type[BalancerOperations],
) -> Family:
    """Put in a million of each token, and take what stands then as the beginning."""
    vault = node.contracts["Vault"].address
    (pool_id,) = await node.view(address, "getPoolId()", returns="(bytes32)")
    (tokens, _, _) = await _held(node, vault, pool_id)
    worth = {token.address: token.worth(1_000_000) for token in chosen}
    wish = arguments("(uint256,uint256[])", 0, [worth.get(token, 0) for token in tokens])
    join = call_data(
        "joinPool(bytes32,address,address,(address[],uint256[],bytes,bool))",
        *(pool_id, hands.address, hands.address),
        (tokens, [1 << 255] * len(tokens), bytes.fromhex(wish), False),
    )
    await node.execute(hands.perform(Step(vault, join)))
    (_, balances, _) = await _held(node, vault, pool_id)
    (supply,) = await node.view(address, "totalSupply()", returns="(uint256)")
    (held,) = await node.view(address, "balanceOf(address)", hands.address, returns="(uint256)")
    begun = pool.apply_balances(balances)
    if kind is StableOperations:
        begun = begun.apply_supply(supply)
    state = SharesState(begun, supply, held)
    return kind(name, 8, vault, address, bytes(pool_id), tokens, hands, state)


async def _held(node: DevnetChain, vault: str, pool_id: bytes) -> tuple[Any, ...]:
    return await node.view(
        vault, "getPoolTokens(bytes32)", pool_id, returns="(address[],uint256[],uint256)"
    )


async def _provide(
    node: DevnetChain,
    hands: Hands,
    family: ConcentratedOperations,
    before: list[Step],
    positions: Mapping[Range, int],
) -> None:
    """Mint positions as the family predicts them, many in a block."""
    await node.rpc.call("evm_setBlockGasLimit", hex(10**12))
    if before:
        await node.execute(hands.perform(*before))
    spans = list(positions)
    for start in range(0, len(spans), _MINTS_IN_A_BLOCK):
        time = await _time_of(node, "latest") + 1
        await node.rpc.call("evm_setNextBlockTimestamp", time)
        transactions = []
        for span in spans[start : start + _MINTS_IN_A_BLOCK]:
            liquidity = positions[span]
            transactions.append(hands.perform(*family.mint_steps(span, liquidity)))
            pool, extra, _, _ = family.minted(span, liquidity, time)
            standing = {**family.state.positions, span: liquidity}
            family.state = PoolState(pool, standing, extra)
        await node.execute(*transactions)
