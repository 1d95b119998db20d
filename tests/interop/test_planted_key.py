"""A key is planted in every address, the node sends back what it is asked, and all is searched."""

import base64
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pynng
import pytest

pytestmark = pytest.mark.interop

QENUS = [sys.executable, "-c", "from qenus.cli import main; main()"]
KEY = "aB3dE6gH9jK2mN5pQ8"
PASSWORD = "hunter2%2Fhunter3"
PATIENCE_SECONDS = 60
SCHEMES = ("ws", "http")
# What gives the secrets away, in any case: the key, half of it, the password, Basic credentials.
TRACES = re.compile(
    "|".join(
        re.escape(trace)
        for trace in (
            KEY[:9], KEY[9:], "hunter2", "hunter3",
            base64.b64encode(b"user:hunter2/hunter3").decode()[:16],
        )
    ),
    re.IGNORECASE,
)  # fmt: skip


class Echo:
    """An HTTP server that answers everything with 404 and with the whole request, in pieces too."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                received = client.recv(65536)
                if not received:
                    return
                head += received
            self.requests.append(head)
            path = head.split(b" ")[1]
            body = b"Cannot POST " + path + b"\n" + head
            status = b"HTTP/1.1 404 Cannot GET " + path
            length = b"content-length: %d" % len(body)
            client.sendall(b"\r\n".join([status, length, b"connection: close", b"", body]))

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


def addresses(echo: Echo) -> list[str]:
    place = f"127.0.0.1:{echo.port}"
    return [
        f"{scheme}://{user}{place}/v3/{KEY}?apikey={KEY}"
        for scheme in SCHEMES
        for user in ("", f"user:{PASSWORD}@")
    ]


def assert_silent(text: str | bytes, where: str) -> None:
    decoded = text.decode(errors="replace") if isinstance(text, bytes) else text
    found = TRACES.search(decoded)
    assert found is None, f"{where}: {decoded[max(0, found.start() - 200) : found.end() + 20]!r}"


def qenus(*arguments: object) -> str:
    result = subprocess.run(
        [*QENUS, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    assert result.returncode in (1, 2)
    assert "Traceback" not in result.stderr
    return result.stdout + result.stderr


def early_subscriber(address: str) -> pynng.Sub0:
    """Give a subscriber that connects as soon as the feed listens, before its first alert."""
    subscriber = pynng.Sub0(recv_timeout=200, reconnect_time_min=1, reconnect_time_max=1)
    subscriber.subscribe(b"")
    subscriber.dial(address, block=False)
    return subscriber


def frames_until(subscriber: pynng.Sub0, wanted: bytes) -> list[bytes]:
    """Collect the frames of a feed until one carries these bytes, and a second longer."""
    frames: list[bytes] = []
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            frames.append(subscriber.recv())
        except pynng.Timeout:
            continue
        if wanted in frames[-1]:
            until = min(until, time.monotonic() + 1)
    return frames


def shown_until(path: Path, wanted: bytes) -> bytes:
    """Read what a process writes to a file until these bytes are in it."""
    until = time.monotonic() + PATIENCE_SECONDS
    while wanted not in path.read_bytes() and time.monotonic() < until:
        time.sleep(0.1)
    return path.read_bytes()


@pytest.mark.parametrize("json", [True, False])
def test_neither_the_log_nor_a_published_frame_nor_a_tail_shows_a_key(tmp_path, echo, json):
    feed = f"ipc://{tmp_path}/f"
    config = tmp_path / "q.toml"
    first, *others = addresses(echo)
    config.write_text(
        f'[feed]\nlisten = ["{feed}"]\n[chains.ethereum]\nnode = "{first}"\n'
        f"other_nodes = {others}\n"
    )
    options = ["--config", str(config), "--log-level", "debug", *(["--log-json"] * json)]
    with early_subscriber(feed) as subscriber, (tmp_path / "log").open("wb") as log:
        node = subprocess.Popen([*QENUS, "run", *options], stdout=log, stderr=log)
        try:
            frames = frames_until(subscriber, b"endpoint_down")
            with (tmp_path / "tail").open("wb") as screen:
                tail = subprocess.Popen(
                    [*QENUS, "tail", "--connect", feed, "--oldest"], stdout=screen, stderr=screen
                )
            shown_until(tmp_path / "tail", b"endpoint_down")
            tail.send_signal(signal.SIGTERM)
            tail.wait(PATIENCE_SECONDS)
            shown = (tmp_path / "tail").read_bytes()
        finally:
            node.send_signal(signal.SIGTERM)
            node.wait(PATIENCE_SECONDS)
    said = (tmp_path / "log").read_bytes()
    assert any(KEY.encode() in request for request in echo.requests)
    assert b"endpoint_down" in b"".join(frames)
    assert b"endpoint_down" in shown
    assert b"keys may be read by others" in said
    assert said.count(b"\n") > 5
    for frame in frames:
        assert_silent(frame, "a published frame")
    assert_silent(shown, "tail")
    assert_silent(said, "log")


@pytest.mark.parametrize("command", ["doctor", "doctor --json", "record", "record --json"])
@pytest.mark.parametrize("at", range(2 * len(SCHEMES)))
def test_no_command_shows_the_key_of_its_node(tmp_path, echo, command, at):
    name, *options = command.split()
    if name == "record":
        options += ["--blocks", "1", "--out", str(tmp_path / "blocks")]
    said = qenus(name, "--node", addresses(echo)[at], *options)
    assert echo.requests
    assert said
    assert_silent(said, command)


@pytest.mark.parametrize(
    "url",
    [
        f"wss://[host/{KEY}", f"http://a b/{KEY}", f"foo:{KEY}", f"wss://h:port/{KEY}",
        f"wss://host:8546 /v3/{KEY}", f"wss://user:{KEY}@host:99999/", f"wsss://host/{KEY}",
        f"ws://host_{KEY}@@/", f"http://127.0.0.1:1/{KEY}", f"host/{KEY}",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused_without_its_key(tmp_path: Path, url: str):
    for arguments in (
        ["doctor", "--node", url],
        ["doctor", url],
        ["record", "--node", url, "--blocks", "1", "--out", tmp_path / "out"],
        ["record", f"--node={url}", "--blocks", url, "--out", tmp_path / "out"],
        # What has no scheme is taken for an address only where one of a node is expected.
        *([["tail", "--connect", url], ["run", "--listen", url]] if "://" in url else []),
    ):
        assert_silent(qenus(*arguments), str(arguments))
    config = tmp_path / "q.toml"
    config.write_text(f'[feed]\nlisten = ["ipc:///f"]\n[chains.ethereum]\nnode = 1\nx = "{url}"\n')
    assert_silent(qenus("run", "--config", config), "config")
