"""An anvil process and its folder, which never outlive this process.

The kernel kills the process when the thread that started it ends (PR_SET_PDEATHSIG); a keeper, a
small process of its own that waits for the end of a pipe from us, removes the folder when we
cannot. The state of a node that is to come back is dumped before it is killed.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import attrs
import trio

from tools.devnet.calls import Account
from tools.devnet.packages import DevnetUnavailable, anvil_binary

__all__ = ["AnvilProcess", "Keeper"]

_START_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.005
_PORTS_TRIED = 3
_libc = ctypes.CDLL(None, use_errno=True)

# Nothing but what it was given is removed, and only once its other end is gone.
_KEEPER = """
import shutil, sys, time
sys.stdin.buffer.read()
for _ in range(50):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    time.sleep(0.02)
"""


class Keeper:
    """A temporary folder that goes when we do."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qenus-devnet-"))
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _KEEPER, str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A Ctrl-C at the terminal is for us: the keeper outlives it.
            start_new_session=True,
        )

    def close(self) -> None:
        """Remove the folder and end the keeper."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        os._exit(1)


@attrs.define
class AnvilProcess:
    """One node's process; `port` stays the same over its restarts, 0 until the first start.

    `options` are further ones of anvil's command line.
    """

    folder: Path
    chain_id: int
    seed: int
    slots_in_an_epoch: int
    port: int = 0
    options: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = None

    @property
    def ipc_path(self) -> Path:
        """Its Unix socket."""
        return self.folder / "node.ipc"

    @property
    def _state_path(self) -> Path:
        return self.folder / "state.json"

    @property
    def _said(self) -> Path:
        return self.folder / "node.log"

    @property
    def _config(self) -> Path:
        return self.folder / "config.json"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start, with the state of `keep_state` if there is one; return once it listens.

        Must be called in the main thread: the process dies with the thread that started it.

        Raises:
            DevnetUnavailable: anvil cannot be had or does not start.

        Cancellation kills it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(_PORTS_TRIED):
            port = self.port or _free_port()
            self.ipc_path.unlink(missing_ok=True)
            self._config.unlink(missing_ok=True)
            self._spawn(port)
            try:
                with trio.fail_after(_START_SECONDS):
                    if await self._listens(port):
                        self.port = port
                        return
            except trio.TooSlowError:
                self.kill()
                raise DevnetUnavailable(f"anvil: silent after {_START_SECONDS} s") from None
            except BaseException:
                self.kill()
                raise
        words = self._said.read_text(errors="replace").strip().splitlines()[-1:]
        raise DevnetUnavailable(f"anvil does not start: {' '.join(words)}")

    def _spawn(self, port: int) -> None:
        command = [
            *(str(anvil_binary()), "--quiet", "--no-mining"),
            *("--port", str(port)),
            *("--ipc", str(self.ipc_path)),
            *("--chain-id", str(self.chain_id)),
            *("--config-out", str(self._config)),
            *("--mnemonic-seed-unsafe", str(self.seed)),
            *("--balance", "10000000"),
            *("--gas-limit", "60000000"),
            *("--hardfork", "prague"),
            *("--order", "fifo"),
            *("--slots-in-an-epoch", str(self.slots_in_an_epoch)),
            # States older than these go to the folder instead of filling the memory.
            *("--cache-path", str(self.folder / "cache"), "--max-persisted-states", "400"),
            *self.options,
        ]
        if self._state_path.exists():
            command += ["--load-state", str(self._state_path)]
        with self._said.open("wb") as said:
            # In this thread on purpose, for the process dies with it; it takes a millisecond.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={"HOME": str(self.folder), "PATH": os.defpath},
                preexec_fn=_die_with_parent,
                start_new_session=True,
            )

    async def _listens(self, port: int) -> bool:
        """Wait until it does; False when it ended instead."""
        while self.running:
            try:
                stream = await trio.open_tcp_stream("127.0.0.1", port)
            except OSError:
                await trio.sleep(_POLL_SECONDS)
                continue
            await stream.aclose()
            # Another process may hold the port: then ours has ended or is about to.
            if self.ipc_path.exists() and self._is_told():
                return True
            await trio.sleep(_POLL_SECONDS)
        return False

    def _is_told(self) -> bool:
        """Whether the file that names the accounts is there, and whole."""
        try:
            return bool(self.accounts())
        except (OSError, ValueError):
            return False

    def accounts(self) -> tuple[Account, ...]:
        """The funded accounts, the same for the same seed."""
        config: dict[str, Any] = json.loads(self._config.read_bytes())
        pairs = zip(config["available_accounts"], config["private_keys"], strict=True)
        return tuple(Account(address, key) for address, key in pairs)

    def keep_state(self, dumped: bytes) -> None:
        """Take the dumped state that the next start begins with."""
        self._state_path.write_bytes(dumped)

    def pause(self) -> None:
        """Stop the process where it stands (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the process (SIGKILL) and wait for its end."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
