"""The events as the contracts' published ABIs list them, for reading logs with eth-abi.

Written from the ABIs of UniswapV2Pair, UniswapV3Pool and PancakeV3Pool, not from proto/.
"""

from typing import Any

from eth_abi.abi import decode
from eth_utils.crypto import keccak

__all__ = ["CONTRACT_EVENTS", "TOPICS", "decode_with_eth_abi"]

# (protocol, kind): the event's name, and (type, field name, indexed) of each parameter.
CONTRACT_EVENTS: dict[tuple[str, str], tuple[str, list[tuple[str, str, bool]]]] = {
    ("uniswap_v2", "swap"): (
        "Swap",
        [
            ("address", "sender", True),
            ("uint256", "amount0_in", False),
            ("uint256", "amount1_in", False),
            ("uint256", "amount0_out", False),
            ("uint256", "amount1_out", False),
            ("address", "to", True),
        ],
    ),
    ("uniswap_v2", "sync"): (
        "Sync",
        [("uint112", "reserve0", False), ("uint112", "reserve1", False)],
    ),
    ("uniswap_v2", "mint"): (
        "Mint",
        [
            ("address", "sender", True),
            ("uint256", "amount0", False),
            ("uint256", "amount1", False),
        ],
    ),
    ("uniswap_v2", "burn"): (
        "Burn",
        [
            ("address", "sender", True),
            ("uint256", "amount0", False),
            ("uint256", "amount1", False),
            ("address", "to", True),
        ],
    ),
    ("uniswap_v3", "swap"): (
        "Swap",
        [
            ("address", "sender", True),
            ("address", "recipient", True),
            ("int256", "amount0", False),
            ("int256", "amount1", False),
            ("uint160", "sqrt_price_x96", False),
            ("uint128", "liquidity", False),
            ("int24", "tick", False),
        ],
    ),
    ("uniswap_v3", "mint"): (
        "Mint",
        [
            ("address", "sender", False),
            ("address", "owner", True),
            ("int24", "tick_lower", True),
            ("int24", "tick_upper", True),
            ("uint128", "amount", False),
            ("uint256", "amount0", False),
            ("uint256", "amount1", False),
        ],
    ),
    ("uniswap_v3", "burn"): (
        "Burn",
        [
            ("address", "owner", True),
            ("int24", "tick_lower", True),
            ("int24", "tick_upper", True),
            ("uint128", "amount", False),
            ("uint256", "amount0", False),
            ("uint256", "amount1", False),
        ],
    ),
    ("uniswap_v3", "collect"): (
        "Collect",
        [
            ("address", "owner", True),
            ("address", "recipient", False),
            ("int24", "tick_lower", True),
            ("int24", "tick_upper", True),
            ("uint128", "amount0", False),
            ("uint128", "amount1", False),
        ],
    ),
    ("pancake_v3", "swap"): (
        "Swap",
        [
            ("address", "sender", True),
            ("address", "recipient", True),
            ("int256", "amount0", False),
            ("int256", "amount1", False),
            ("uint160", "sqrt_price_x96", False),
            ("uint128", "liquidity", False),
            ("int24", "tick", False),
            ("uint128", "protocol_fees_token0", False),
            ("uint128", "protocol_fees_token1", False),
        ],
    ),
}


def _topic(name: str, parameters: list[tuple[str, str, bool]]) -> bytes:
    return keccak(text=f"{name}({','.join(kind for kind, _, _ in parameters)})")


TOPICS: dict[bytes, tuple[str, str]] = {
    _topic(*event): what for what, event in CONTRACT_EVENTS.items()
}


def decode_with_eth_abi(what: tuple[str, str], topics: list[bytes], data: bytes) -> dict[str, Any]:
    """Decode a log strictly, as eth-abi reads the ABI; addresses as 0x-hex, integers as int."""
    parameters = CONTRACT_EVENTS[what][1]
    indexed = [(kind, name) for kind, name, is_indexed in parameters if is_indexed]
    values = {
        name: decode([kind], topic)[0]
        for (kind, name), topic in zip(indexed, topics[1:], strict=True)
    }
    in_data = [(kind, name) for kind, name, is_indexed in parameters if not is_indexed]
    decoded = decode([kind for kind, _ in in_data], data)
    values.update(zip((name for _, name in in_data), decoded, strict=True))
    return values
