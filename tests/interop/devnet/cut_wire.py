"""A TCP relay that cuts its connections in mid-stream, as often as the test asks."""

import random
from contextlib import suppress

import trio

__all__ = ["CutWire"]


class CutWire:
    """Relays to `port`; each connection breaks after a random number of bytes from there.

    `mean_bytes` says how many on the average, None that none breaks. `cuts` counts them.
    """

    def __init__(self, port: int, rng: random.Random, mean_bytes: int | None) -> None:
        self.port = port
        self.mean_bytes = mean_bytes
        self.cuts = 0
        self._rng = rng

    async def serve(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """Relay until cancelled; started with the WebSocket's address."""
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listener.socket.getsockname()[1]
        task_status.started(f"ws://127.0.0.1:{port}")
        await trio.serve_listeners(self._relay, [listener])

    async def _relay(self, client: trio.SocketStream) -> None:
        allowed = None
        if self.mean_bytes is not None:
            allowed = int(self._rng.expovariate(1 / self.mean_bytes))
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            node = await trio.open_tcp_stream("127.0.0.1", self.port)
            async with client, node, trio.open_nursery() as nursery:
                nursery.start_soon(self._pump, client, node, nursery.cancel_scope, None)
                nursery.start_soon(self._pump, node, client, nursery.cancel_scope, allowed)

    async def _pump(
        self,
        source: trio.SocketStream,
        target: trio.SocketStream,
        scope: trio.CancelScope,
        allowed: int | None,
    ) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async for chunk in source:
                if allowed is not None:
                    await target.send_all(chunk[:allowed])
                    allowed -= len(chunk)
                    if allowed <= 0:
                        self.cuts += 1
                        break
                else:
                    await target.send_all(chunk)
        scope.cancel()
