"""Who only speaks like a pool never enters, and what tokens say of themselves does no harm."""

from pathlib import Path

import pytest
from conftest import one_chain
from mirror import mirrored_with_states
from test_pool_states import agrees

from tools.devnet.calls import Transaction, arguments, call_data
from tools.devnet.solidity import compiled

pytestmark = pytest.mark.interop

SOURCE = Path(__file__).with_name("impostors.sol")


def raw(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))


# On Ethereum an address is derived, on Optimism the factory is asked.
@pytest.mark.parametrize("name", ["ethereum", "optimism"])
async def test_an_impostor_is_an_amm_event_and_no_pool_state(nursery, tmp_path, name):
    async with one_chain(name, "uniswap_v2", "uniswap_v3") as node:
        tokens = sorted((node.contracts["WETH"].address, node.contracts["USDC"].address))
        impostors = []
        for factory in ("UniswapV2Factory", "UniswapV3Factory", "WETH"):
            claims = arguments(
                "(address,address,address)", node.contracts[factory].address, *tokens
            )
            code = compiled(SOURCE, "Impostor")
            impostors.append((await node.deploy(f"Impostor {factory}", code, claims)).address)
        mirror = await mirrored_with_states(nursery, tmp_path, node.ws_url, chain=name)
        speak = [
            Transaction(node.accounts[0].address, who, call_data("speak()"), gas=200_000)
            for who in impostors
        ]
        for _ in range(3):
            await node.send(speak)
            await node.trade(20)
        assert await agrees(mirror, node) > 5
        reported = {
            event.address
            for applied in mirror.chain
            for batch in applied.batches
            for event in batch.features
        }
        stated = {
            state.address
            for states in mirror.states.values()
            for batch in states.batches
            for state in batch.features
        }
        assert reported >= {raw(who) for who in impostors}
        assert not stated & {raw(who) for who in impostors}


async def test_hostile_tokens_are_reported_as_far_as_they_make_sense(node, nursery, tmp_path):
    rich, weth = node.accounts[0].address, node.contracts["WETH"].address
    factory = node.contracts["UniswapV2Factory"].address
    mirror = await mirrored_with_states(nursery, tmp_path, node.ws_url)
    hostile = []
    for kind in range(3):
        made = arguments("(uint256,address)", kind, rich)
        token = await node.deploy(f"Hostile {kind}", compiled(SOURCE, "HostileToken"), made)
        create = call_data("createPair(address,address)", token.address, weth)
        await node.execute(Transaction(rich, factory, create, gas=4_000_000))
        (pair,) = await node.view(
            factory, "getPair(address,address)", token.address, weth, returns="(address)"
        )
        give = call_data("transfer(address,uint256)", pair, 10**18)
        await node.execute(
            Transaction(rich, token.address, give, gas=100_000),
            Transaction(rich, weth, give, gas=100_000),
            Transaction(rich, pair, call_data("sync()"), gas=200_000),
        )
        hostile.append(raw(token.address))
    head = await node.block_number()
    (top,) = await node.block_hashes(head, head)
    await mirror.states_reach(top)
    said = {
        token.address: (token.decimals, token.symbol, token.name)
        for states in mirror.states.values()
        for batch in states.batches
        for token in batch.tokens
    }
    assert [said[token] for token in hostile] == [
        (None, None, None),
        (None, "MKR", "Maker"),
        (255, None, None),
    ]
    assert said[raw(weth)] == (18, "WETH", "Wrapped Ether")
    states = [
        state
        for states in mirror.states.values()
        for batch in states.batches
        for state in batch.features
        if {state.token0, state.token1} & set(hostile)
    ]
    assert [(state.reserve0, state.reserve1) for state in states] == [(10**18, 10**18)] * 3
    assert not [alert for alert in mirror.alerts if alert.name.startswith("pool_")]
