"""The decoders' events are those of the ABIs that the protocols publish as npm packages."""

import json
from typing import Any

import pytest
from eth_utils.crypto import keccak

from qenus.extractors.amm import EVENTS
from tools.devnet import DevnetUnavailable
from tools.devnet.packages import Package

pytestmark = pytest.mark.interop

_V3 = "artifacts/contracts/UniswapV3{0}.sol/UniswapV3{0}.json"
_ALGEBRA = "artifacts/contracts/Algebra{0}.sol/Algebra{0}.json"
_BALANCER = Package("@balancer-labs/v2-deployments", "3.2.0")
_TASKS = "dist/tasks"
_TOKEN = {"Approval", "Transfer"}
_ORACLE = {"OracleEnabledChanged"}

# Of each contract: the package, the file, and those of its events that are no business of amm.
_CONTRACTS = [
    (Package("@uniswap/v2-core", "1.0.1"), "build/UniswapV2Pair.json", {"Approval", "Transfer"}),
    (Package("@uniswap/v2-core", "1.0.1"), "build/UniswapV2Factory.json", set()),
    (
        Package("@uniswap/v3-core", "1.0.1"),
        _V3.format("Pool"),
        # Flash is of family flash_loan; the other changes nothing but what an oracle remembers.
        {"Flash", "IncreaseObservationCardinalityNext"},
    ),
    (
        Package("@uniswap/v3-core", "1.0.1"),
        _V3.format("Factory"),
        {"FeeAmountEnabled", "OwnerChanged"},
    ),
    (
        Package("@uniswap/v4-core", "1.0.2"),
        "out/PoolManager.sol/PoolManager.json",
        {
            *("Approval", "OperatorSet", "Transfer"),
            *("OwnershipTransferred", "ProtocolFeeControllerUpdated"),
        },
    ),
    (
        Package("@cryptoalgebra/v1-core", "1.0.0"),
        _ALGEBRA.format("Pool"),
        {"Flash", "Incentive", "LiquidityCooldown"},
    ),
    (
        Package("@cryptoalgebra/v1-core", "1.0.0"),
        _ALGEBRA.format("Factory"),
        {"FarmingAddress", "FeeConfiguration", "Owner", "VaultAddress"},
    ),
    (
        _BALANCER,
        f"{_TASKS}/20210418-vault/abi/Vault.json",
        {
            *("AuthorizerChanged", "ExternalBalanceTransfer", "InternalBalanceChanged"),
            *("FlashLoan", "RelayerApprovalChanged"),
        },
    ),
    (_BALANCER, f"{_TASKS}/20220908-weighted-pool-v2/abi/WeightedPool.json", _TOKEN),
    (
        _BALANCER,
        f"{_TASKS}/20220908-weighted-pool-v2/abi/WeightedPoolFactory.json",
        {"FactoryDisabled"},
    ),
    (
        _BALANCER,
        f"{_TASKS}/20220906-composable-stable-pool/abi/ComposableStablePool.json",
        _TOKEN,
    ),
    (
        _BALANCER,
        f"{_TASKS}/deprecated/20210727-meta-stable-pool/abi/MetaStablePool.json",
        _TOKEN | _ORACLE,
    ),
    (
        _BALANCER,
        f"{_TASKS}/deprecated/20211208-stable-phantom-pool/abi/StablePhantomPool.json",
        _TOKEN | {"CachedProtocolSwapFeePercentageUpdated", "DueProtocolFeeIncreased"},
    ),
    (
        _BALANCER,
        f"{_TASKS}/deprecated/20210721-liquidity-bootstrapping-pool/abi/"
        "LiquidityBootstrappingPool.json",
        _TOKEN,
    ),
]


def _abi(package: Package, path: str) -> list[dict[str, Any]]:
    try:
        content = json.loads(package.file(path).read_bytes())
    except DevnetUnavailable as error:
        pytest.skip(str(error))
    entries = content["abi"] if isinstance(content, dict) else content
    return [each for each in entries if each["type"] == "event"]


@pytest.mark.parametrize(
    ("package", "path", "others"), _CONTRACTS, ids=[path for _, path, _ in _CONTRACTS]
)
def test_every_event_of_a_contract_is_decoded_as_its_abi_declares_it(
    package: Package, path: str, others: set[str]
) -> None:
    events = _abi(package, path)
    assert others <= {event["name"] for event in events}
    for event in events:
        inputs = event["inputs"]
        signature = f"{event['name']}({','.join(each['type'] for each in inputs)})"
        known = EVENTS.get(keccak(text=signature))
        assert (known is None) == (event["name"] in others), signature
        if known is None:
            continue
        declaration = known.declarations[0]
        parameters = [each for each in declaration.partition("(")[2][:-1].split(", ") if each]
        assert [("indexed" in each.split(" ")) for each in parameters] == [
            each["indexed"] for each in inputs
        ], signature
