"""How a call to a node fails, as its caller sees it."""

from typing import Final

import trio

from qenus.errors import QenusError, TransientError
from qenus.observers.rpc.dialects import NodeError, is_busy, is_reverted

__all__ = ["CallReverted", "RpcError", "RpcTimeout", "first_failure"]

_MAX_SHOWN: Final = 200


class RpcTimeout(TransientError):
    """The node did not answer within the deadline."""


class CallReverted(QenusError):
    """The contract reverted on the state that was asked for: it will do so again."""


class RpcError(TransientError):
    """The node answered with an error: `method`, `endpoint`, `code` and the node's own words.

    `code` is 0 where the node gave none. `busy`: it only asks for patience, for
    `retry_after_seconds` where it says so (at most a day). `reverted`: the contract that was called
    reverted, which is an answer; see `CallReverted`.
    """

    def __init__(
        self,
        method: str,
        endpoint: str,
        code: int,
        message: str,
        retry_after_seconds: float | None = None,
    ) -> None:
        self.method = method
        self.endpoint = endpoint
        self.code = code
        self.message = message[:_MAX_SHOWN]
        self.retry_after_seconds = retry_after_seconds
        self.busy = is_busy(NodeError(code, message))
        self.reverted = is_reverted(NodeError(code, message))
        super().__init__(f"{endpoint}: {method}: error {code}: {self.message}")


def first_failure(error: BaseException) -> BaseException:
    """Give the failure inside of the groups that nurseries make; being cancelled is the last."""
    while isinstance(error, BaseExceptionGroup):
        _, failed = error.split(trio.Cancelled)
        error = (failed or error).exceptions[0]
    return error
