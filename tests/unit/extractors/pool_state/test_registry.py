"""The registry says which factories make pools, and is right about those that were recorded."""

import json
from itertools import combinations
from pathlib import Path

import pytest
from recorded_blocks import block_of, read_recorded

from qenus.chain.keccak import keccak256
from qenus.config import protocol_texts
from qenus.extractors.pool_state import PoolRecord, RegistryError, read_registries
from qenus.protocols.pool_family import FactoryFamily
from qenus.protocols.uniswap_v3.reader import TickTerms

TRANSFER = keccak256(b"Transfer(address,address,uint256)")
SWAPS = {
    keccak256(b"Swap(address,uint256,uint256,uint256,uint256,address)"): "v2",
    keccak256(b"Swap(address,address,int256,int256,uint160,uint128,int24)"): "v3",
    keccak256(
        b"Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)"
    ): "pancake",
}
FEES = (100, 500, 2500, 3000, 10000)


def derived(pair: tuple[bytes, bytes]) -> dict[bytes, str]:
    """Where the registry's venues of Ethereum would put pools of these tokens."""
    found = {}
    for venue in read_registries(protocol_texts())["ethereum"].venues.values():
        family = venue.family
        if not isinstance(family, FactoryFamily):
            continue
        for fee in FEES if family.NAME == "uniswap_v3" else (0,):
            record = PoolRecord(venue, b"", *pair, TickTerms(fee, 1))
            address = venue.address_of(family.salt(record))
            if address is not None:
                found[address] = venue.name
    return found


def test_the_pools_of_the_recorded_blocks_derive_from_their_factories(data: Path):
    counts: dict[str, int] = {}
    unknown = set()
    for path in sorted((data / "l1" / "blocks").glob("*.json.gz")):
        tokens: dict[bytes, set[bytes]] = {}
        pools = {}
        for transaction in block_of(read_recorded(path)).transactions:
            for log in transaction.logs:
                if log.topics[:1] == (TRANSFER,) and len(log.topics) == 3:
                    for side in log.topics[1:]:
                        tokens.setdefault(side[12:], set()).add(log.address)
                elif log.topics and log.topics[0] in SWAPS:
                    pools[log.address] = SWAPS[log.topics[0]]
        for pool, kind in pools.items():
            places: dict[bytes, str] = {}
            for pair in combinations(sorted(tokens.get(pool, ())), 2):
                places |= derived(pair)
            name = places.get(pool)
            counts[name or f"unknown {kind}"] = counts.get(name or f"unknown {kind}", 0) + 1
            if name is None:
                unknown.add(pool.hex())
    # Eight pairs are of factories that are not in the registry, four of them ShibaSwap's; one V3
    # pool charges 0.004 %; of one Pancake pool only one token moved.
    assert counts == {
        "uniswap_v2": 156, "sushiswap": 28, "uniswap_v3": 94, "pancake_v3": 2,
        "unknown v2": 8, "unknown v3": 1, "unknown pancake": 1,
    }  # fmt: skip


def test_the_recorded_pools_of_base_are_clones_of_their_implementations(data: Path):
    venues = read_registries(protocol_texts())["base"].venues.values()
    stable = json.loads(
        (data / "pools/states/aerodrome_v2_dola_usdbc_stable_block_46875151.json").read_text()
    )
    tokens = tuple(bytes.fromhex(stable[f"token{at}"]["address"][2:]) for at in (0, 1))
    (venue,) = (each for each in venues if each.name == "aerodrome")
    record = PoolRecord(venue, b"", *tokens, True)
    assert isinstance(venue.family, FactoryFamily)
    address = venue.address_of(venue.family.salt(record))
    assert address.hex() == stable["pool"][2:].lower()
    concentrated = json.loads(
        (data / "pools/states/aerodrome_v3_cbeth_weth_block_46875151.json").read_text()
    )
    (venue,) = (each for each in venues if each.name == "aerodrome_slipstream")
    cbeth = bytes.fromhex("2ae3f1ec7f1f5012cfeab0185bfc7aa3cf0dec22")
    weth = bytes.fromhex("4200000000000000000000000000000000000006")
    record = PoolRecord(venue, b"", cbeth, weth, TickTerms(0, 1))
    assert isinstance(venue.family, FactoryFamily)
    address = venue.address_of(venue.family.salt(record))
    assert address.hex() == concentrated["pool"][2:].lower()


GOOD = 'family = "uniswap_v2"\n[chains.base]\nfactory = "0x' + "11" * 20 + '"\nfee_pips = 3000\n'


def test_all_errors_are_told_at_once_with_file_key_and_what_was_expected():
    texts = {
        "good.toml": GOOD,
        "no_toml.toml": "family = ",
        "Bad-Name.toml": GOOD.replace("11", "22"),
        "family.toml": GOOD.replace("uniswap_v2", "uniswap_v9").replace("11", "33"),
        "family_list.toml": GOOD.replace('"uniswap_v2"', '["uniswap_v2"]').replace("11", "bb"),
        "chain.toml": GOOD.replace("base", "mars").replace("11", "44"),
        "fee.toml": GOOD.replace("3000", "1000000").replace("11", "55"),
        "address.toml": GOOD.replace('"0x11', '"0X11'),
        "both.toml": GOOD.replace("11", "66")
        + f'init_code_hash = "0x{"77" * 32}"\nimplementation = "0x{"88" * 20}"\n',
        "unknown.toml": GOOD.replace("11", "99") + "colour = 1\n",
        "twice.toml": GOOD,
        "missing.toml": 'family = "uniswap_v4"\n[chains.base]\nfactory = "0x' + "aa" * 20 + '"\n',
    }
    with pytest.raises(RegistryError) as caught:
        read_registries(texts)
    for error_start in (
        "no_toml.toml: not TOML",
        "Bad-Name.toml: expected a name",
        "family.toml: family: expected one of uniswap_v2,",
        "family_list.toml: family: expected one of uniswap_v2,",
        "chain.toml: chains.mars: unknown chain",
        "fee.toml: chains.base.fee_pips: expected an integer from 0 to 999999, found 1000000",
        "address.toml: chains.base.factory: expected 0x and 40 lower-case hex digits",
        "both.toml: chains.base: expected init_code_hash or implementation, found both",
        "unknown.toml: chains.base.colour: unknown key",
        "twice.toml: chains.base.factory: 0x" + "11" * 20 + " is good's",
        "missing.toml: chains.base.position_manager: expected 0x and 40",
    ):
        assert any(error.startswith(error_start) for error in caught.value.errors), error_start
    assert len(caught.value.errors) == 11


def test_what_decides_content_decides_the_digest():
    digests = {
        read_registries({"a.toml": text})["base"].digest
        for text in (
            GOOD,
            GOOD.replace("3000", "2500"),
            GOOD.replace("11", "12"),
            GOOD + f'init_code_hash = "0x{"77" * 32}"\n',
        )
    }
    assert len(digests) == 4
    assert read_registries({"a.toml": GOOD}) == read_registries({"a.toml": f"# other\n{GOOD}"})
