"""Mainnet's addresses of the devnet's tokens and contracts, by chain id.

A contract without an entry is deployed at the address that follows from the deployer's nonce.
"""

import attrs

__all__ = ["ADDRESSES", "TOKENS", "TokenFacts"]


@attrs.frozen
class TokenFacts:
    """A token; `usd` is the price that the devnet's markets begin at."""

    symbol: str
    name: str
    decimals: int
    usd: int


TOKENS = (
    TokenFacts("WETH", "Wrapped Ether", 18, 3_000),
    TokenFacts("USDC", "USD Coin", 6, 1),
    TokenFacts("USDT", "Tether USD", 6, 1),
    TokenFacts("DAI", "Dai Stablecoin", 18, 1),
    TokenFacts("WBTC", "Wrapped BTC", 8, 90_000),
)

ADDRESSES: dict[int, dict[str, str]] = {
    1: {
        "WETH": "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2",
        "USDC": "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48",
        "USDT": "0xdac17f958d2ee523a2206206994597c13d831ec7",
        "DAI": "0x6b175474e89094c44da98b954eedeac495271d0f",
        "WBTC": "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599",
        "UniswapV2Factory": "0x5c69bee701ef814a2b6a3edd4b1652cb9cc5aa6f",
        "UniswapV2Router02": "0x7a250d5630b4cf539739df2c5dacb4c659f2488d",
        "UniswapV3Factory": "0x1f98431c8ad98523631ae4a59f267346ea31f984",
        "SwapRouter": "0xe592427a0aece92de3edee1f18e0157c05861564",
        "NonfungiblePositionManager": "0xc36442b4a4522e871399cd717abdd847ab11fe88",
        "QuoterV2": "0x61ffe014ba17989e743c5f6cb21bf9697530b21e",
        "PoolManager": "0x000000000004444c5dc75cb358380d2e3de08a90",
        "Vault": "0xba12222222228d8ba445958a75a0704d566bf2c8",
        "PoolAddressesProvider": "0x2f39d218133afab8f2b819b1066c7e434ad94e9e",
        "SpokePool": "0x5c7bcd6e7de5423a257d81b442095a1a6ced35c5",
        "ArbitrumInbox": "0x4dbd4fc535ac27206064b68ffcf827b0a60bab3f",
        "ArbitrumBridge": "0x8315177ab297ba92a06054ce80a67ed4dbd7ed3a",
        "OptimismPortalProxy": "0xbeb5fc579115071764c7423a4f12edde41f106ed",
        "L1CrossDomainMessengerProxy": "0x25ace71c97b33cc4729cf772ae268934f7ab5fa1",
        "L1StandardBridgeProxy": "0x99c9fc46f92e8a1c0dec1b1747d010903e884be1",
        "SystemConfigProxy": "0x229047fed2591dbec1ef1118d64f7af3db9eb290",
        "SuperchainConfigProxy": "0x95703e0982140d16f8eba6d158fccede42f04a4c",
    },
    42161: {
        "WETH": "0x82af49447d8a07e3bd95bd0d56f35241523fbab1",
        "USDC": "0xaf88d065e77c8cc2239327c5edb3a432268e5831",
        "USDT": "0xfd086bc7cd5c481dcc9c85ebe478a1c0b69fcbb9",
        "DAI": "0xda10009cbd5d07dd0cecc66161fc93d7c9000da1",
        "WBTC": "0x2f2a2543b76a4166549f7aab2e75bef0aefc5b0f",
        "UniswapV2Factory": "0xf1d7cc64fb4452f05c498126312ebe29f30fbcf9",
        "UniswapV2Router02": "0x4752ba5dbc23f44d87826276bf6fd6b1c372ad24",
        "UniswapV3Factory": "0x1f98431c8ad98523631ae4a59f267346ea31f984",
        "SwapRouter": "0xe592427a0aece92de3edee1f18e0157c05861564",
        "NonfungiblePositionManager": "0xc36442b4a4522e871399cd717abdd847ab11fe88",
        "QuoterV2": "0x61ffe014ba17989e743c5f6cb21bf9697530b21e",
        "PoolManager": "0x360e68faccca8ca495c1b759fd9eee466db9fb32",
        "Vault": "0xba12222222228d8ba445958a75a0704d566bf2c8",
        "PoolAddressesProvider": "0xa97684ead0e402dc232d5a977953df7ecbab3cdb",
        "SpokePool": "0xe35e9842fceaca96570b734083f4a58e8f7c5f2a",
        "AlgebraFactory": "0x1a3c9b1d2f0529d97f2afc5136cc23e58f1fd35b",
    },
    10: {
        "WETH": "0x4200000000000000000000000000000000000006",
        "USDC": "0x0b2c639c533813f4aa9d7837caf62653d097ff85",
        "USDT": "0x94b008aa00579c1307b0ef2c499ad98a8ce58e58",
        "DAI": "0xda10009cbd5d07dd0cecc66161fc93d7c9000da1",
        "WBTC": "0x68f180fcce6836688e9084f035309e29bf0a2095",
        "UniswapV2Factory": "0x0c3c1c532f1e39edf36be9fe0be1410313e074bf",
        "UniswapV2Router02": "0x4a7b5da61326a6379179b40d00f57e5bbdc962c2",
        "UniswapV3Factory": "0x1f98431c8ad98523631ae4a59f267346ea31f984",
        "SwapRouter": "0xe592427a0aece92de3edee1f18e0157c05861564",
        "NonfungiblePositionManager": "0xc36442b4a4522e871399cd717abdd847ab11fe88",
        "QuoterV2": "0x61ffe014ba17989e743c5f6cb21bf9697530b21e",
        "PoolManager": "0x9a13f98cb987694c9f086b1f5eb990eea8264ec3",
        "Vault": "0xba12222222228d8ba445958a75a0704d566bf2c8",
        "PoolAddressesProvider": "0xa97684ead0e402dc232d5a977953df7ecbab3cdb",
        "SpokePool": "0x6f26bf09b1c792e3228e5467807a900a503c0281",
        "L2CrossDomainMessenger": "0x4200000000000000000000000000000000000007",
        "L2StandardBridge": "0x4200000000000000000000000000000000000010",
    },
    8453: {
        "WETH": "0x4200000000000000000000000000000000000006",
        "USDC": "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913",
        "UniswapV2Factory": "0x8909dc15e40173ff4699343b6eb8132c65e18ec6",
        "UniswapV2Router02": "0x4752ba5dbc23f44d87826276bf6fd6b1c372ad24",
        "UniswapV3Factory": "0x33128a8fc17869897dce68ed026d694621f6fdfd",
        "NonfungiblePositionManager": "0x03a520b32c04bf3beef7beb72e919cf822ed34f1",
        "QuoterV2": "0x3d4e44eb1374240ce5f1b871ab261cd16335b76a",
        "PoolManager": "0x498581ff718922c3f8e6a244956af099b2652b2b",
        "Vault": "0xba12222222228d8ba445958a75a0704d566bf2c8",
        "PoolAddressesProvider": "0xe20fcbdbffc4dd138ce8b2e6fbb6cb49777ad64d",
        "SpokePool": "0x09aea4b2242abc8bb4bb78d537a67a245a7bec64",
        "L2CrossDomainMessenger": "0x4200000000000000000000000000000000000007",
        "L2StandardBridge": "0x4200000000000000000000000000000000000010",
    },
}
