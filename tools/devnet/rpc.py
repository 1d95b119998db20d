"""A plain JSON-RPC client over HTTP, for driving a node. It shares nothing with the one we test."""

from collections.abc import Sequence
from typing import Any

import httpx

__all__ = ["NodeError", "Rpc"]

_TIMEOUT_SECONDS = 60.0
_BATCH = 200


class NodeError(Exception):
    """The node answered with an error: `method`, and the node's own words."""

    def __init__(self, method: str, error: Any) -> None:
        super().__init__(f"{method}: {str(error)[:500]}")
        self.method = method


class Rpc:
    """One HTTP endpoint. Close it with `aclose`."""

    def __init__(self, url: str) -> None:
        # A proxy from the environment must not stand between us and our own node.
        self._client = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def call(self, method: str, *params: Any) -> Any:
        """Call one method.

        Raises:
            NodeError: the node refused.
        """
        return (await self.batch([(method, params)]))[0]

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Call several methods; the node takes them in order.

        Raises:
            NodeError: the node refused one; the others were done all the same.
        """
        results = await self.attempt(calls)
        for result in results:
            if isinstance(result, NodeError):
                raise result
        return results

    async def attempt(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Call several methods; give each one's result, or the NodeError that it came to."""
        results: list[Any] = []
        for start in range(0, len(calls), _BATCH):
            part = calls[start : start + _BATCH]
            answers = await self._post(
                [
                    {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
                    for number, (method, params) in enumerate(part)
                ]
            )
            by_id = {answer["id"]: answer for answer in answers}
            for number, (method, _) in enumerate(part):
                answer = by_id[number]
                refused = "error" in answer
                results.append(NodeError(method, answer["error"]) if refused else answer["result"])
        return results

    async def _post(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        response = await self._client.post("/", json=requests)
        answer: list[dict[str, Any]] = response.json()
        return answer
