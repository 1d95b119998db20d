"""Pools of Balancer V2 as vault and pool answer at every block, and none that no factory made."""

from fractions import Fraction

import pytest
from conftest import one_chain
from eth_utils.crypto import keccak
from mirror import Mirror, mirrored_with_states

from qenus.extractors.pool_state import Registry, Venue
from qenus.pools import BalancerWeightedPool
from qenus.protocols.balancer_v2.factories import PoolFactory, PoolKind
from qenus.protocols.catalogue import FAMILIES
from qenus.wire import encode
from tools.devnet import DevnetChain
from tools.devnet.calls import Transaction, arguments, call_data, read
from tools.devnet.packages import Package, artifact

pytestmark = pytest.mark.interop

DEPLOYMENTS = Package("@balancer-labs/v2-deployments", "3.2.0")
WEIGHTED = "dist/tasks/20230206-weighted-pool-v3/artifact/WeightedPool.json"
ZERO_ADDRESS = "0x" + "00" * 20
DAY = 24 * 3600
ONE = 10**18
Q128 = 1 << 128


def bare(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))


def registry_of(node: DevnetChain) -> Registry:
    """The vault and its two factories."""
    vault = bare(node.contracts["Vault"].address)
    makers = (
        PoolFactory(bare(node.contracts["WeightedPoolFactory"].address), PoolKind.WEIGHTED_3),
        PoolFactory(
            bare(node.contracts["ComposableStablePoolFactory"].address),
            PoolKind.COMPOSABLE_STABLE_3,
        ),
    )
    venue = Venue("balancer_test", FAMILIES["balancer_v2"], vault, vault, makers)
    return Registry("ethereum", {vault: venue})


async def ask(node: DevnetChain, block_hash: bytes, to: bytes, signature: str, types: str, *given):
    """What a contract answers at a block's hash; None where it reverts."""
    call = {"to": f"0x{to.hex()}", "data": call_data(signature, *given)}
    at = {"blockHash": f"0x{block_hash.hex()}"}
    try:
        return read(types, await node.rpc.call("eth_call", call, at))
    except Exception as error:
        if "revert" in str(error):
            return None
        raise


async def same_as_contract(node: DevnetChain, block_hash: bytes, state) -> None:
    pool = state.address

    async def says(signature: str, types: str, *given):
        return await ask(node, block_hash, pool, signature, types, *given)

    tokens, balances, _ = await ask(
        node, block_hash, state.vault, "getPoolTokens(bytes32)",
        "(address[],uint256[],uint256)", state.id,
    )  # fmt: skip
    assert tuple(f"0x{token.hex()}" for token in state.tokens) == tokens
    assert state.balances == balances
    assert await says("getPoolId()", "(bytes32)") == (state.id,)
    assert await says("getSwapFeePercentage()", "(uint256)") == (state.swap_fee,)
    assert await says("totalSupply()", "(uint256)") == (state.total_supply,)
    real = await says("getActualSupply()", "(uint256)")
    assert state.actual_supply == (real[0] if real else None)
    assert (await says("getPausedState()", "(bool,uint256,uint256)"))[0] == state.paused
    # The first weighted pools have no such mode.
    assert (await says("inRecoveryMode()", "(bool)") or (False,)) == (state.recovery_mode,)
    made = await ask(
        node, block_hash, state.factory, "isPoolFromFactory(address)", "(bool)", f"0x{pool.hex()}"
    )
    assert made == (True,)
    if state.NAME == "balancer_weighted_pool_state":
        assert await says("getNormalizedWeights()", "(uint256[])") == (state.weights,)
        prices_are_the_weights(state)
        return
    assert state.NAME == "balancer_stable_pool_state"
    assert await says("getBptIndex()", "(uint256)") == (state.own_token,)
    assert await says("getScalingFactors()", "(uint256[])") == (state.scaling_factors,)
    amp, updating, precision = await says("getAmplificationParameter()", "(uint256,bool,uint256)")
    assert (state.amp, state.amp_updating, precision) == (amp, updating, 1000)
    caches = [
        await says("getTokenRateCache(address)", "(uint256,uint256,uint256,uint256)", token)
        for token in tokens
        if bare(token) != pool
    ]
    assert state.rates_expire == min((each[3] for each in caches if each), default=None)


def prices_are_the_weights(state) -> None:
    """A price is the quotient of balances by weight, rounded down."""
    worth = [
        Fraction(balance, weight)
        for balance, weight in zip(state.balances, state.weights, strict=True)
    ]
    if state.paused or not all(worth):
        assert not any(state.prices_of_first_x128 + state.prices_in_first_x128)
        return
    for at in range(1, len(worth)):
        assert state.prices_of_first_x128[at] == worth[at] / worth[0] * Q128 // 1
        assert state.prices_in_first_x128[at] == worth[0] / worth[at] * Q128 // 1


async def settled(node: DevnetChain, *mirrors: Mirror) -> None:
    """Wait for the newest block's states.

    Asked for a block by its hash while it mines the next one, anvil may answer from that: so no
    block is mined here before what the last one touched was read.
    """
    head = await node.block_number()
    (top,) = await node.block_hashes(head, head)
    for mirror in mirrors:
        await mirror.reaches(top)
        await mirror.states_reach(top)


async def traded(node: DevnetChain, mirror: Mirror, blocks: int) -> None:
    """Mine blocks of ten transactions, one after the other."""
    for _ in range(blocks):
        await node.trade_blocks(1, 10)
        await settled(node, mirror)


async def agrees(mirror: Mirror, node: DevnetChain) -> list:
    """Every published state of every block that stands, compared; with the block's hash."""
    await settled(node, mirror)
    found = []
    for block_hash in mirror.hashes():
        for batch in mirror.states[block_hash].batches if block_hash in mirror.states else ():
            for state in batch.features:
                await same_as_contract(node, block_hash, state)
                found.append((block_hash, state))
    return found


async def quoted(node: DevnetChain, block_hash: bytes, state, sold: int, amount: int) -> int:
    """What the vault itself says that selling a token for the other one brings."""
    swap = (state.id, sold, 1 - sold, amount, b"")
    (deltas,) = await ask(
        node, block_hash, state.vault,
        "queryBatchSwap(uint8,(bytes32,uint256,uint256,uint256,bytes)[],address[],"
        "(address,bool,address,bool))",
        "(int256[])", 0, [swap], [f"0x{token.hex()}" for token in state.tokens],
        (ZERO_ADDRESS, False, ZERO_ADDRESS, False),
    )  # fmt: skip
    return -deltas[1 - sold]


async def time_of(node: DevnetChain, block_hash: bytes) -> int:
    """A block's own time, UNIX seconds."""
    header = await node.rpc.call("eth_getBlockByHash", f"0x{block_hash.hex()}", False)
    return int(header["timestamp"], 16)


async def may(node: DevnetChain, where: str, verb: str) -> None:
    """Let the founder do that."""
    selector = keccak(text=verb)[:4]
    (action,) = await node.view(where, "getActionId(bytes4)", selector, returns="(bytes32)")
    grant = call_data("grantRole(bytes32,address)", action, node.accounts[1].address)
    admin = node.contracts["Authorizer"].address
    await node.execute(Transaction(node.accounts[0].address, admin, grant))


async def protocol_fees(node: DevnetChain) -> str:
    """Let the founder set the protocol's fees; return the address of their collector."""
    vault = node.contracts["Vault"].address
    (collector,) = await node.view(vault, "getProtocolFeesCollector()", returns="(address)")
    await may(node, collector, "setSwapFeePercentage(uint256)")
    return str(collector)


async def registered_by_no_factory(node: DevnetChain, balancer) -> tuple[str, bytes]:
    """A pool of the very bytecode that the factory's have, in the vault, and made by no factory."""
    tokens = sorted((balancer.tokens[name] for name in ("USDC", "DAI")), key=lambda t: t.address)
    given = arguments(
        "((string,string,address[],uint256[],address[],address[],uint256),"
        "address,address,uint256,uint256,address,string)",
        ("Squat", "SQ", [t.address for t in tokens], [ONE // 2] * 2,
         [ZERO_ADDRESS] * 2, [ZERO_ADDRESS] * 2,
         10**15),
        balancer.vault, node.contracts["ProtocolFeePercentagesProvider"].address,
        *(0, 0, node.accounts[1].address, ""),
    )  # fmt: skip
    code = artifact(DEPLOYMENTS, WEIGHTED).creation
    pool = await node.deploy("Squatter", code, given)
    (pool_id,) = await node.view(pool.address, "getPoolId()", returns="(bytes32)")
    amounts = [token.worth(1_000_000) for token in tokens]
    wish = arguments("(uint256,uint256[])", 0, amounts)
    who = node.accounts[1]
    addresses = [token.address for token in tokens]
    await node.execute(balancer.join(who, bytes(pool_id), addresses, amounts, wish))
    return pool.address, bytes(pool_id)


async def with_a_rate(node: DevnetChain, balancer) -> tuple[str, bytes]:
    """A composable pool that keeps the first one's rate for a token; not yet joined."""
    tokens = sorted((balancer.tokens[name] for name in ("USDC", "DAI")), key=lambda t: t.address)
    rated = node.contracts["ComposableStablePool"].address
    factory = node.contracts["ComposableStablePoolFactory"].address
    create = call_data(
        "create(string,string,address[],uint256,address[],uint256[],bool[],uint256,address)",
        *("Rated", "R", [token.address for token in tokens], 50, [rated, ZERO_ADDRESS]),
        *([DAY, 0], [False] * 2, 10**15, node.accounts[1].address),
    )
    (receipt,) = await node.execute(
        Transaction(node.accounts[1].address, factory, create, gas=15_000_000)
    )
    (created,) = [log for log in receipt["logs"] if log["address"] == factory]
    pool = f"0x{created['topics'][1][26:]}"
    (pool_id,) = await node.view(pool, "getPoolId()", returns="(bytes32)")
    return pool, bytes(pool_id)


def first_join(node: DevnetChain, balancer, pool: str, pool_id: bytes) -> Transaction:
    """Half a million of each token into the pool with a rate."""
    addresses = sorted([pool, *(balancer.tokens[name].address for name in ("USDC", "DAI"))])
    worth = {token.address: token.worth(500_000) for token in balancer.tokens.values()}
    amounts = [worth.get(address, 0) for address in addresses]
    limits = [worth.get(address, 2**256 - 1) for address in addresses]
    wish = arguments("(uint256,uint256[])", 0, amounts)
    return balancer.join(node.accounts[1], pool_id, addresses, limits, wish)


async def test_balancer_pools_are_vault_and_contract_at_every_block(nursery, tmp_path):
    async with one_chain("ethereum", "balancer_v2") as node:
        (balancer,) = (each for each in node.crowd.protocols if each.name == "balancer_v2")
        founder = node.accounts[1].address
        weighted, stable = (
            node.contracts[name].address for name in ("WeightedPool", "ComposableStablePool")
        )
        collector = await protocol_fees(node)
        for verb in ("pause()", "enableRecoveryMode()"):
            await may(node, weighted, verb)
        for name in ("old", "young"):
            (tmp_path / name).mkdir()
        mirror = await mirrored_with_states(
            nursery, tmp_path / "old", node.ws_url, registry=registry_of(node), sampled_one_in=1
        )

        async def says(to: str, verb: str, *given) -> None:
            await node.execute(Transaction(founder, to, call_data(verb, *given), gas=1_000_000))
            await settled(node, mirror)

        await traded(node, mirror, 2)
        squatter, _ = await registered_by_no_factory(node, balancer)
        await says(squatter, "setSwapFeePercentage(uint256)", 10**14)
        # The protocol takes its half from now on, and shares of it come to be due.
        await says(collector, "setSwapFeePercentage(uint256)", 5 * 10**17)
        for pool in (weighted, stable):
            await says(pool, "updateProtocolFeePercentageCache()")
        rated, rated_id = await with_a_rate(node, balancer)
        await settled(node, mirror)
        await node.execute(first_join(node, balancer, rated, rated_id))
        await settled(node, mirror)
        (latest,) = await node.block_hashes(*[await node.block_number()] * 2)
        until = await time_of(node, latest) + 2 * DAY
        await says(stable, "startAmplificationParameterUpdate(uint256,uint256)", 300, until)
        (latest,) = await node.block_hashes(*[await node.block_number()] * 2)
        since = await time_of(node, latest)
        await traded(node, mirror, 1)
        await node.rpc.call("evm_increaseTime", 3600)
        await traded(node, mirror, 3)
        late = await mirrored_with_states(
            nursery, tmp_path / "young", node.ws_url, registry=registry_of(node)
        )
        await says(weighted, "setSwapFeePercentage(uint256)", 4 * 10**15)
        await agrees(mirror, node)
        await settled(node, late)
        # All that the new branch does is in its last block: see `settled`.
        await node.reorg(3, [(each, 2) for each, _ in node.crowd.branch(3, 15)])
        await settled(node, mirror, late)
        await says(rated, "updateTokenRateCache(address)", min(
            balancer.tokens[name].address for name in ("USDC", "DAI")
        ))  # fmt: skip
        await says(weighted, "pause()")
        await says(weighted, "enableRecoveryMode()")
        states = await agrees(mirror, node)
        # Who came late says the same, byte for byte.
        await late.states_reach(mirror.hashes()[-1])
        both = [each for each in late.hashes() if each in late.states]
        assert 3 < len(both) < len(mirror.states)
        for block_hash in both:
            first, second = (each.states[block_hash] for each in (mirror, late))
            assert list(map(encode, first.batches)) == list(map(encode, second.batches))
            assert first.end == second.end
        by_pool = {}
        for _, state in states:
            by_pool.setdefault(state.address, []).append(state)
        assert set(by_pool) == {bare(weighted), bare(stable), bare(rated)}
        assert len({state.balances for state in by_pool[bare(weighted)]}) > 4
        assert len({state.balances for state in by_pool[bare(stable)]}) > 4
        # It was there with nothing in it, then joined, and its rate came anew.
        empty, *filled = by_pool[bare(rated)]
        assert not any(empty.balances + empty.prices_of_first_x128)
        assert all(state.rates_expire for state in filled)
        assert len({state.scaling_factors for state in filled}) > 1
        # Protocol fees are due that are not minted yet.
        assert any(state.actual_supply > state.total_supply for state in by_pool[bare(weighted)])
        # The amplification goes from 200 to 300, and is the one of each block's own time.
        moving = [(at, state) for at, state in states if getattr(state, "amp_updating", False)]
        for block_hash, state in moving:
            passed = await time_of(node, block_hash) - since
            assert state.amp == 200_000 + 100_000 * passed // (until - since)
        assert len({state.amp for _, state in moving}) > 1
        ended = by_pool[bare(weighted)][-1]
        assert (ended.paused, ended.recovery_mode) == (True, True)
        assert not [alert for alert in mirror.alerts if alert.name.startswith("pool_")]


# Which earlier factory makes which pools, its task, how many of vault, fees, versions it takes, and
# what it is asked for a pool with, between symbol and owner.
_WEIGHTS = "address[],uint256[],uint256"
_RATED_WEIGHTS = "address[],uint256[],address[],uint256"
_ORACLE_WEIGHTS = "address[],uint256[],uint256,bool"
_AMP = "address[],uint256,address[],uint256[],bool[],uint256"
EARLIER = (
    ("WeightedPoolFactory", PoolKind.WEIGHTED_1, "deprecated/20210418-weighted-pool", 1, _WEIGHTS),
    ("WeightedPool2TokensFactory", PoolKind.WEIGHTED_1, "deprecated/20210418-weighted-pool",
     1, _ORACLE_WEIGHTS),
    ("WeightedPoolFactory", PoolKind.WEIGHTED_2, "20220908-weighted-pool-v2", 2, _RATED_WEIGHTS),
    ("ComposableStablePoolFactory", PoolKind.COMPOSABLE_STABLE_1,
     "deprecated/20220906-composable-stable-pool", 2, _AMP),
    ("ComposableStablePoolFactory", PoolKind.COMPOSABLE_STABLE_2,
     "20221122-composable-stable-pool-v2", 4, _AMP),
)  # fmt: skip


async def earlier_factory(node: DevnetChain, name: str, task: str, takes: int) -> str:
    """Deploy a factory as it took its arguments then; give its address."""
    code = artifact(DEPLOYMENTS, f"dist/tasks/{task}/artifact/{name}.json").creation
    vault, fees = (
        node.contracts[each].address for each in ("Vault", "ProtocolFeePercentagesProvider")
    )
    types = ",".join(("address", "address", "string", "string")[:takes])
    given = arguments(f"({types})", *(vault, fees, "", "")[:takes])
    return (await node.deploy(f"{name} {task}", code, given)).address


async def earlier_pool(
    node: DevnetChain, mirror: Mirror, balancer, factory: str, kind: PoolKind, types: str
) -> None:
    """Make a pool, 80 to 20 of 18 decimals each or stable; join it and trade in it."""
    who = node.accounts[1]
    stable = kind.value.startswith("composable")
    names = ("USDC", "DAI") if stable else ("WETH", "DAI")
    tokens = sorted((balancer.tokens[name] for name in names), key=lambda t: t.address)
    weights, fee = [8 * ONE // 10, 2 * ONE // 10], 10**15
    given = {
        _WEIGHTS: (weights, fee),
        _ORACLE_WEIGHTS: (weights, fee, False),
        _RATED_WEIGHTS: (weights, [ZERO_ADDRESS] * 2, fee),
        _AMP: (100, [ZERO_ADDRESS] * 2, [0, 0], [False] * 2, fee),
    }[types]
    create = call_data(
        f"create(string,string,{types},address)",
        *("E", "E", [token.address for token in tokens], *given, who.address),
    )
    (receipt,) = await node.execute(Transaction(who.address, factory, create, gas=15_000_000))
    await settled(node, mirror)
    (created,) = [log for log in receipt["logs"] if log["address"] == factory]
    pool = f"0x{created['topics'][1][26:]}"
    (pool_id,) = await node.view(pool, "getPoolId()", returns="(bytes32)")
    if stable:
        await node.execute(first_join(node, balancer, pool, bytes(pool_id)))
    else:
        amounts = [token.worth(400_000) for token in tokens]
        wish = arguments("(uint256,uint256[])", 0, amounts)
        addresses = [token.address for token in tokens]
        await node.execute(balancer.join(who, bytes(pool_id), addresses, amounts, wish))
    await settled(node, mirror)
    sold, bought = tokens
    swap = call_data(
        "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),"
        "uint256,uint256)",
        (bytes(pool_id), 0, sold.address, bought.address, sold.worth(1_234), b""),
        (who.address, False, who.address, False),
        *(0, 2**63),
    )
    await node.execute(Transaction(who.address, balancer.vault, swap, gas=900_000))
    await settled(node, mirror)
    if not stable:
        # Another join, in which the first weighted pools pay the protocol in tokens.
        wish = arguments("(uint256,uint256[],uint256)", 1, amounts, 0)
        await node.execute(balancer.join(who, bytes(pool_id), addresses, amounts, wish))
        await settled(node, mirror)


async def test_pools_of_the_earlier_factories_are_vault_and_contract_too(nursery, tmp_path):
    async with one_chain("ethereum", "balancer_v2") as node:
        (balancer,) = (each for each in node.crowd.protocols if each.name == "balancer_v2")
        vault = bare(balancer.vault)
        factories = [
            (await earlier_factory(node, name, task, takes), kind, types)
            for name, kind, task, takes, types in EARLIER
        ]
        makers = tuple(PoolFactory(bare(address), kind) for address, kind, _ in factories)
        known = Venue("earlier", FAMILIES["balancer_v2"], vault, vault, makers)
        mirror = await mirrored_with_states(
            nursery, tmp_path, node.ws_url,
            registry=Registry("ethereum", {vault: known}), sampled_one_in=1,
        )  # fmt: skip
        half = call_data("setSwapFeePercentage(uint256)", 5 * 10**17)
        collector = await protocol_fees(node)
        await node.execute(Transaction(node.accounts[1].address, collector, half))
        for address, kind, types in factories:
            await earlier_pool(node, mirror, balancer, address, kind, types)
        states = await agrees(mirror, node)
        last = {state.factory: (block_hash, state) for block_hash, state in states}
        assert set(last) == {bare(address) for address, _, _ in factories}
        for address, kind, _ in factories:
            block_hash, state = last[bare(address)]
            assert (state.actual_supply is None) == (kind is PoolKind.WEIGHTED_1)
            if state.NAME != "balancer_weighted_pool_state":
                continue
            # From the heavier token to the lighter the power is 4: there the versions differ.
            amount = state.balances[0] // 7
            exact, other = (
                BalancerWeightedPool.at(
                    balances=state.balances, decimals=(18, 18), weights=state.weights,
                    fee=state.swap_fee, shortcuts=shortcuts,
                ).amount_out(0, 1, amount)
                for shortcuts in (state.power_shortcuts, not state.power_shortcuts)
            )  # fmt: skip
            assert await quoted(node, block_hash, state, 0, amount) == exact != other
        assert not [alert for alert in mirror.alerts if alert.name.startswith("pool_")]
