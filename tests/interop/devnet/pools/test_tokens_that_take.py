"""A real pair with a token that taxes and rescales: quotes fail there, and are refused in time."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
from drawn_operations import TRANSFER

from qenus.pools import (
    Quarantined,
    QuoteRefused,
    UniswapV2Pair,
    reserves_refusal,
    transfers_refusal,
)
from tools.devnet import DevnetChain, DevnetUnavailable, Transaction, devnet
from tools.devnet.calls import call_data
from tools.devnet.protocols import hands as hands_module
from tools.devnet.protocols.hands import Hands, Step, deploy_hands
from tools.devnet.solidity import compiled

pytestmark = pytest.mark.interop

_TOKEN = Path(hands_module.__file__).with_name("taxed_token.sol")


@attrs.frozen
class Taxed:
    """A pair of the taxed token (`token`) and a plain one, which is its token `at` and not."""

    node: DevnetChain
    hands: Hands
    token: str
    plain: str
    address: str
    at: int

    async def pair(self) -> UniswapV2Pair:
        """As its reserves say."""
        reserves = await self.node.view(
            self.address, "getReserves()", returns="(uint112,uint112,uint32)"
        )
        return UniswapV2Pair.at(reserve0=reserves[0], reserve1=reserves[1])

    async def balances(self) -> tuple[int, int]:
        """What the tokens say that it holds."""
        tokens = (self.token, self.plain) if self.at == 0 else (self.plain, self.token)
        first, second = [
            (await self.node.view(
                token, "balanceOf(address)", self.address, returns="(uint256)"
            ))[0]
            for token in tokens
        ]  # fmt: skip
        return first, second

    async def swap(self, sold: str, amount: int, out: int) -> dict[str, object]:
        """Send `amount` of a token and take `out` of the other: the receipt, however it ends."""
        outs = (0, out) if (sold == self.token) == (self.at == 0) else (out, 0)
        transaction = self.hands.perform(
            Step(sold, call_data("transfer(address,uint256)", self.address, amount)),
            Step(self.address, call_data(
                "swap(uint256,uint256,address,bytes)", *outs, self.hands.address, b""
            )),
        )  # fmt: skip
        (name,) = await self.node.send([transaction])
        await self.node.mine()
        return await self.node.rpc.call("eth_getTransactionReceipt", name)

    def to_hands(self, receipt: dict[str, object], token: str) -> int:
        """What a token's events carried from the pair to the hands."""
        return sum(
            int(log["data"], 16)
            for log in receipt["logs"]
            if log["address"] == token
            and log["topics"][0] == TRANSFER
            and log["topics"][1].endswith(self.address[2:])
            and log["topics"][2].endswith(self.hands.address[2:])
        )


@pytest.fixture
async def taxed() -> AsyncIterator[Taxed]:
    """A pair with a million of each, on a node of its own."""
    reason = ""
    try:
        async with devnet("ethereum", protocols=("uniswap_v2",)) as net:
            yield await _begun(net["ethereum"])
    except* DevnetUnavailable as group:
        if os.environ.get("CI"):
            raise
        reason = str(group.exceptions[0])
    if reason:
        pytest.skip(f"no devnet here: {reason}")


async def _begun(node: DevnetChain) -> Taxed:
    hands = await deploy_hands(node, node.accounts[9].address)
    token = (await node.deploy("TaxedToken", compiled(_TOKEN, "TaxedToken"))).address
    plain = node.contracts["USDC"].address
    factory = node.contracts["UniswapV2Factory"].address
    create = call_data("createPair(address,address)", token, plain)
    await node.execute(Transaction(hands.owner, factory, create, gas=5_000_000))
    (address,) = await node.view(
        factory, "getPair(address,address)", token, plain, returns="(address)"
    )
    at = int(int(token, 16) > int(plain, 16))
    amount = 10**12
    send = call_data("transfer(address,uint256)", address, amount)
    await node.execute(
        hands.perform(
            Step(token, call_data("mint(uint256)", 10 * amount)),
            Step(plain, call_data("mint(uint256)", 10 * amount)),
            *(Step(one, send) for one in (token, plain)),
            Step(address, call_data("mint(address)", hands.address)),
        )
    )
    return Taxed(node, hands, token, plain, address, at)


async def test_a_tax_shows_in_the_transfers_and_takes_the_pair_out_of_quotes(taxed: Taxed):
    pair, amount = await taxed.pair(), 10**9
    quote = pair.amount_out(1 - taxed.at, taxed.at, amount)
    receipt = await taxed.swap(taxed.plain, amount, quote)
    # The pair keeps its own rule, but the trader gets a hundredth less than it says.
    assert receipt["status"] == "0x1"
    got = taxed.to_hands(receipt, taxed.token)
    assert got == quote - quote // 100
    reason = transfers_refusal((amount, -quote), (amount, -got))
    assert reason is not None
    with pytest.raises(QuoteRefused, match="fee on transfer"):
        Quarantined(await taxed.pair(), reason).amount_out(0, 1, amount)
    # The other way round the pair gets less than is sent: what the maths promises, it refuses.
    now = await taxed.pair()
    promised = now.amount_out(taxed.at, 1 - taxed.at, amount)
    assert (await taxed.swap(taxed.token, amount, promised))["status"] == "0x0"


async def test_without_a_tax_transfers_and_reserves_match(taxed: Taxed):
    step = Step(taxed.token, call_data("setTax(uint256)", 0))
    await taxed.node.execute(taxed.hands.perform(step))
    pair, amount = await taxed.pair(), 10**9
    quote = pair.amount_out(taxed.at, 1 - taxed.at, amount)
    receipt = await taxed.swap(taxed.token, amount, quote)
    assert receipt["status"] == "0x1"
    got = taxed.to_hands(receipt, taxed.plain)
    assert transfers_refusal((amount, -quote), (amount, -got)) is None
    after = await taxed.pair()
    assert reserves_refusal((after.reserve0, after.reserve1), await taxed.balances()) is None


@pytest.mark.parametrize(("thousandths", "swaps"), [(900, "0x0"), (1100, "0x1")])
async def test_a_rescaled_balance_shows_in_the_reserves_until_they_are_synced(
    taxed: Taxed, thousandths: int, swaps: str
):
    await taxed.node.execute(
        taxed.hands.perform(
            Step(taxed.token, call_data("setTax(uint256)", 0)),
            Step(taxed.token, call_data("rebase(uint256)", thousandths)),
        )
    )
    pair = await taxed.pair()
    reserves = (pair.reserve0, pair.reserve1)
    reason = reserves_refusal(reserves, await taxed.balances())
    assert reason is not None
    with pytest.raises(QuoteRefused, match="where its reserve is"):
        Quarantined(pair, reason).trade(0, 1, 10**9)
    # What the reserves promise for the token is not to be had when it shrank.
    promised = pair.amount_out(taxed.at, 1 - taxed.at, 10**9)
    assert (await taxed.swap(taxed.token, 10**9, promised))["status"] == swaps
    await taxed.node.execute(taxed.hands.perform(Step(taxed.address, call_data("sync()"))))
    synced = await taxed.pair()
    assert reserves_refusal((synced.reserve0, synced.reserve1), await taxed.balances()) is None
