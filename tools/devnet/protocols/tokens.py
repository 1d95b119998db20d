"""Tokens: WETH9 from Uniswap's package, the others Aave's mintable ones; everyone has plenty."""

import attrs

from tools.devnet.addresses import TOKENS, TokenFacts
from tools.devnet.calls import Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.packages import Package, artifact

__all__ = ["Token", "approve", "deploy_tokens"]

_PERIPHERY = Package("@uniswap/v2-periphery", "1.1.0-beta.0")
_AAVE = Package("@aave/core-v3", "1.19.3")
_MINTABLE = "artifacts/contracts/mocks/tokens/MintableERC20.sol/MintableERC20.json"
_USD_EACH = 300_000_000
_ANY = 2**256 - 1


@attrs.frozen
class Token:
    """A deployed token."""

    facts: TokenFacts
    address: str

    def worth(self, usd: int) -> int:
        """The amount, in the token's own units, that is worth `usd` when the devnet begins."""
        return int(usd * 10**self.facts.decimals // self.facts.usd)


async def deploy_tokens(node: DevnetNode) -> tuple[Token, ...]:
    """Deploy every token and give each account 300 million dollars' worth of each."""
    tokens = []
    weth, mintable = artifact(_PERIPHERY, "build/WETH9.json"), artifact(_AAVE, _MINTABLE)
    for facts in TOKENS:
        if facts.symbol == "WETH":
            contract = await node.deploy("WETH", weth.creation)
        else:
            named = arguments("(string,string,uint8)", facts.name, facts.symbol, facts.decimals)
            contract = await node.deploy(facts.symbol, mintable.creation, named)
        token = Token(facts, contract.address)
        tokens.append(token)
        amount = token.worth(_USD_EACH)
        await node.execute(
            *(
                Transaction(who.address, token.address, call_data("deposit()"), amount, 100_000)
                if facts.symbol == "WETH"
                else Transaction(
                    who.address, token.address, call_data("mint(uint256)", amount), gas=100_000
                )
                for who in node.accounts
            )
        )
    return tuple(tokens)


async def approve(node: DevnetNode, tokens: tuple[Token, ...], spender: str) -> None:
    """Let `spender` take what it wants of everyone's tokens."""
    data = call_data("approve(address,uint256)", spender, _ANY)
    for token in tokens:
        await node.execute(
            *(Transaction(who.address, token.address, data, gas=100_000) for who in node.accounts)
        )
