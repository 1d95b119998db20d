"""Flash borrowers: one contract of our own that borrows wherever the devnet lends."""

import random
from collections.abc import Callable
from pathlib import Path

from tools.devnet.calls import Account, Transaction, arguments, call_data
from tools.devnet.node import DevnetNode
from tools.devnet.protocols.tokens import Token
from tools.devnet.solidity import compiled

__all__ = ["Borrower", "deploy_borrower"]

_SOURCE = Path(__file__).with_name("borrower.sol")
_USD_OF_ITS_OWN = 10_000_000
# A lender: given the draw and the borrower's address, whom to call and with what.
Lender = Callable[[random.Random, str], tuple[str, str]]


class Borrower:
    """The deployed borrower; `lenders` are those that it borrows from in turn."""

    name = "flash_loans"
    weight = 1

    def __init__(self, address: str, tokens: tuple[Token, ...]) -> None:
        self.address = address
        self.tokens = {token.facts.symbol: token for token in tokens}
        self.lenders: list[Lender] = []

    def act(self, rng: random.Random, who: Account) -> Transaction | None:
        """Borrow and pay back within one call."""
        if not self.lenders:
            return None
        target, data = rng.choice(self.lenders)(rng, self.address)
        return self.call(who, target, data)

    def call(self, who: Account, target: str, data: str, *, gas: int = 1_500_000) -> Transaction:
        """Let the borrower call a contract, and so be the one that is called back."""
        inside = bytes.fromhex(data[2:])
        return Transaction(
            who.address, self.address, call_data("act(address,bytes)", target, inside), gas=gas
        )

    def pool_lends(self, pool: str, a: Token, b: Token) -> None:
        """Let a pool with `flash(address,uint256,uint256,bytes)` be a lender: V3 and Algebra."""

        def lend(rng: random.Random, borrower: str) -> tuple[str, str]:
            amounts = [_some(rng, token) * rng.randint(0, 1) for token in (a, b)]
            note = pay_note(a, b, *amounts)
            return pool, call_data("flash(address,uint256,uint256,bytes)", borrower, *amounts, note)

        self.lenders.append(lend)

    def pair_lends(self, pair: str, a: Token, b: Token) -> None:
        """Let a Uniswap V2 pair be a lender."""

        def lend(rng: random.Random, borrower: str) -> tuple[str, str]:
            amounts = [_some(rng, a), 0] if rng.random() < 0.5 else [0, _some(rng, b)]
            note = pay_note(a, b, *amounts)
            return pair, call_data("swap(uint256,uint256,address,bytes)", *amounts, borrower, note)

        self.lenders.append(lend)

    def vault_lends(self, vault: str, tokens: list[Token]) -> None:
        """Let Balancer's vault be a lender."""
        ordered = sorted(tokens, key=lambda token: int(token.address, 16))

        def lend(rng: random.Random, borrower: str) -> tuple[str, str]:
            chosen = [token for token in ordered if rng.random() < 0.6] or ordered[:1]
            return vault, call_data(
                "flashLoan(address,address[],uint256[],bytes)",
                borrower,
                [token.address for token in chosen],
                [_some(rng, token) for token in chosen],
                b"",
            )

        self.lenders.append(lend)

    def aave_lends(self, pool: str, tokens: list[Token]) -> None:
        """Let Aave's pool be a lender."""

        def lend(rng: random.Random, borrower: str) -> tuple[str, str]:
            token = rng.choice(tokens)
            return pool, call_data(
                "flashLoanSimple(address,address,uint256,bytes,uint16)",
                *(borrower, token.address, _some(rng, token), b"", 0),
            )

        self.lenders.append(lend)


def pay_note(token0: Token, token1: Token, amount0: int = 0, amount1: int = 0) -> bytes:
    """Encode the note for the borrower's callbacks: tokens, and the amount borrowed of each."""
    return bytes.fromhex(
        arguments(
            "(address,address,uint256,uint256)", token0.address, token1.address, amount0, amount1
        )
    )


def _some(rng: random.Random, token: Token) -> int:
    return token.worth(rng.randint(1_000, 200_000))


async def deploy_borrower(node: DevnetNode, tokens: tuple[Token, ...]) -> Borrower:
    """Deploy it and give it ten million dollars' worth of each token."""
    contract = await node.deploy("Borrower", compiled(_SOURCE, "Borrower"))
    give = node.accounts[1].address
    await node.execute(
        *(
            Transaction(
                give,
                token.address,
                call_data(
                    "transfer(address,uint256)", contract.address, token.worth(_USD_OF_ITS_OWN)
                ),
                gas=100_000,
            )
            for token in tokens
        )
    )
    return Borrower(contract.address, tokens)
