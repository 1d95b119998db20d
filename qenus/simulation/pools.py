"""The demo world's tokens, factories and pools, with derived addresses.

Tokens and factories have addresses that mainnet does not have, so that they cannot be mistaken for
mainnet's. Each pool has the address that CREATE2 gives under its factory with the protocol's
init-code hash, so a reader can verify the pool against its factory as on a real chain.
Source: EIP-1014; Uniswap v2-periphery UniswapV2Library.pairFor, v3-periphery PoolAddress.
"""

from enum import Enum

from attrs import frozen

from qenus.chain.keccak import keccak256

__all__ = ["DEMO_POOLS", "TOKENS", "Factory", "PoolKey", "Protocol", "Token"]


class Protocol(Enum):
    """The protocols that the demo world has pools of."""

    UNISWAP_V2 = "uniswap_v2"
    UNISWAP_V3 = "uniswap_v3"
    PANCAKE_V3 = "pancake_v3"


@frozen
class Token:
    """An ERC-20 token; `start_price` in millionths of a dollar for a whole token."""

    symbol: str
    decimals: int
    address: bytes
    start_price: int


@frozen
class Factory:
    """The contract that deploys the pools of a protocol."""

    protocol: Protocol
    address: bytes
    init_code_hash: bytes

    def pool_address(self, salt: bytes) -> bytes:
        """Return the address of the pool with this salt.

        Source: EIP-1014.
        """
        return keccak256(b"\xff" + self.address + keccak256(salt) + self.init_code_hash)[12:]


@frozen
class PoolKey:
    """What names a pool: its factory, its tokens in order of address, its fee; and its address.

    `fee` is in hundredths of a basis point; `tick_spacing` is 0 for a pair.
    """

    factory: Factory
    token0: Token
    token1: Token
    fee: int
    tick_spacing: int
    address: bytes

    @property
    def protocol(self) -> Protocol:
        """The protocol whose events the pool emits."""
        return self.factory.protocol


def _demo_address(name: str) -> bytes:
    return keccak256(f"qenus demo {name}".encode())[12:]


TOKENS = {
    symbol: Token(symbol, decimals, _demo_address(symbol), price)
    for symbol, decimals, price in (
        ("WETH", 18, 3_000_000_000),
        ("WBTC", 8, 96_000_000_000),
        ("USDC", 6, 1_000_000),
        ("DAI", 18, 1_000_000),
    )
}

_FACTORIES = {
    protocol: Factory(protocol, _demo_address(f"{protocol.value} factory"), bytes.fromhex(code))
    for protocol, code in (
        (
            Protocol.UNISWAP_V2,
            "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f",
        ),
        (
            Protocol.UNISWAP_V3,
            "e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54",
        ),
        (
            Protocol.PANCAKE_V3,
            "6ce8eb472fa82df5469c6ab6d485f17c3ad13c8cd7af59b3d4a8026c5ce0f7e2",
        ),
    )
}


def _pool_key(protocol: Protocol, a: str, b: str, fee: int, tick_spacing: int = 0) -> PoolKey:
    token0, token1 = sorted((TOKENS[a], TOKENS[b]), key=lambda token: token.address)
    factory = _FACTORIES[protocol]
    tokens = token0.address, token1.address
    if protocol is Protocol.UNISWAP_V2:
        salt = b"".join(tokens)
    else:
        salt = b"".join(part.rjust(32, b"\0") for part in (*tokens, fee.to_bytes(32, "big")))
    return PoolKey(factory, token0, token1, fee, tick_spacing, factory.pool_address(salt))


DEMO_POOLS = (
    _pool_key(Protocol.UNISWAP_V2, "WETH", "USDC", 3000),
    _pool_key(Protocol.UNISWAP_V2, "WETH", "WBTC", 3000),
    _pool_key(Protocol.UNISWAP_V2, "WETH", "DAI", 3000),
    _pool_key(Protocol.UNISWAP_V3, "WETH", "USDC", 500, 10),
    _pool_key(Protocol.UNISWAP_V3, "WETH", "USDC", 3000, 60),
    _pool_key(Protocol.UNISWAP_V3, "WETH", "WBTC", 3000, 60),
    _pool_key(Protocol.UNISWAP_V3, "USDC", "DAI", 100, 1),
    _pool_key(Protocol.PANCAKE_V3, "WETH", "USDC", 500, 10),
)
