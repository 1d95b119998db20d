"""A subscriber that reads nothing, in a process of its own: `python subscriber_process.py ADDRESS`.

Prints "joined" when it is, and then takes no event any more.
"""

import sys

import trio

from qenus.client import subscribe

WAITING_BYTES = 16 << 20


async def main(address: str) -> None:
    async with subscribe(address, max_waiting_bytes=WAITING_BYTES) as feed:
        await anext(feed)
        print("joined", flush=True)
        await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main, sys.argv[1])
