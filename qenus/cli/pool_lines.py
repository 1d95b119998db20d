"""How pool states look on a screen and as JSON lines; each protocol says what there is to see."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from qenus.cli.feature_lines import MAX_NAME, feature_line, shortened, styled_kind
from qenus.cli.lines import json_line
from qenus.plain_text import plain
from qenus.protocols.catalogue import POOL_TEXTS
from qenus.protocols.pool_text import PoolText
from qenus.wire import PoolStateBatch, StoppedPool, TokenMetadata, feature_rows

__all__ = ["pool_lines"]


def pool_lines(batch: PoolStateBatch, *, json: bool) -> Iterator[str]:
    """A batch's pools, a line each: JSON objects with their tokens' own words, or for people."""
    tokens = {f"0x{token.address.hex()}": token for token in batch.tokens}
    for feature, row in zip(batch.features, feature_rows(batch), strict=True):
        text = POOL_TEXTS.get(type(feature))
        found = [] if text is None else [tokens.get(each) for each in _tokens_of(text, row)]
        if json:
            symbols = {} if text is None or not any(found) else _symbols(text, found)
            yield json_line({**row, **symbols})
        elif isinstance(feature, StoppedPool):
            yield f"{_place(row)}  {row['stop_reason']} since block {row['since_block']}"
        elif text is None:
            yield feature_line(row)
        else:
            yield _pool_line(text, row, found)


def _tokens_of(text: PoolText, row: Mapping[str, Any]) -> list[str]:
    several: list[str] = row[text.tokens[0]] if len(text.tokens) == 1 else []
    return several if len(text.tokens) == 1 else [row[name] for name in text.tokens]


def _symbols(text: PoolText, found: list[TokenMetadata | None]) -> dict[str, object]:
    """The tokens' symbols beside the row: a list where the pool has a list of tokens."""
    symbols = [one and one.symbol for one in found]
    if len(text.tokens) == 1:
        return {"symbols": symbols}
    return {f"symbol{at}": symbol for at, symbol in enumerate(symbols)}


def _place(row: Mapping[str, Any]) -> str:
    place = click.style(f"{row['block_number']}     ", dim=True)
    venue = plain(str(row["venue"]), MAX_NAME)
    return f"{place} {styled_kind(str(row['kind']))} {venue:<10} {shortened(str(row['address']))}"


def _pool_line(text: PoolText, row: Mapping[str, Any], found: list[TokenMetadata | None]) -> str:
    """One pool for people: its tokens, what one of the first is worth, and how it stands."""
    names = [plain(one.symbol, MAX_NAME) if one and one.symbol else "?" for one in found]
    if text.prices_of_one is None:
        prices = [_readable(row["price0_x128"], row["decimals0"], row["decimals1"])]
    else:
        decimals = [one.decimals if one else None for one in found]
        priced, in_each = text.prices_of_one(row)
        prices = [
            (shown := _readable(price, decimals[priced], decimals[at])) and f"{shown} {names[at]}"
            for at, price in enumerate(in_each[: len(found)])
        ]
    shown = "  ".join(filter(None, prices)) or "no price"
    stands = "  ".join(f"{name} {row[name]}" for name in text.fields if row[name] is not None)
    return f"{_place(row)}  {'/'.join(names)} {shown}  {stands}"


def _readable(price_x128: str | None, decimals_in: int | None, decimals_out: int | None) -> str:
    """An approximation for reading, as its sign says; nothing where there is no price."""
    if not price_x128 or price_x128 == "0" or decimals_in is None or decimals_out is None:
        return ""
    return f"≈ {int(price_x128) / 2**128 * 10.0 ** (decimals_in - decimals_out):.8g}"
