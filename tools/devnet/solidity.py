"""Compile our own test contracts, with npm's solc under Node. The code is kept in the cache."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

from tools.devnet.packages import DevnetUnavailable, Package, keep

__all__ = ["compiled"]

_SOLC = Package("solc", "0.8.26")
_COMPILE_SECONDS = 120
# The compiler is one file of JavaScript: its own package's wrapper and what that needs stay away.
_SCRIPT = """
const soljson = require(process.argv[1]);
const compile = soljson.cwrap("solidity_compile", "string", ["string", "number", "number"]);
let input = "";
process.stdin.on("data", chunk => input += chunk);
process.stdin.on("end", () => process.stdout.write(compile(input, 0, 0)));
"""


def compiled(source: Path, contract: str) -> str:
    """Give the creation code (0x…) of a contract in a Solidity file.

    Raises:
        DevnetUnavailable: Node or solc cannot be had, or the file does not compile.
    """
    text = source.read_text()
    name = f"{contract}-{hashlib.sha256((_SOLC.version + text).encode()).hexdigest()[:16]}.hex"
    return keep(name, lambda: _compile(text, contract).encode()).read_text()


def _compile(text: str, contract: str) -> str:
    node = shutil.which("node")
    if node is None:
        raise DevnetUnavailable(f"{contract}: Node is not installed")
    wish = {
        "language": "Solidity",
        "sources": {"source.sol": {"content": text}},
        "settings": {
            "optimizer": {"enabled": True, "runs": 200},
            "evmVersion": "paris",
            "outputSelection": {"*": {"*": ["evm.bytecode.object"]}},
        },
    }
    done = subprocess.run(
        [node, "-e", _SCRIPT, str(_SOLC.file("soljson.js"))],
        input=json.dumps(wish),
        capture_output=True,
        timeout=_COMPILE_SECONDS,
        text=True,
    )
    if done.returncode != 0:
        raise DevnetUnavailable(f"{contract}: solc ended with {done.stderr[-300:]}")
    answer = json.loads(done.stdout)
    errors = [e["formattedMessage"] for e in answer.get("errors", ()) if e["severity"] == "error"]
    if errors:
        raise DevnetUnavailable(f"{contract}: {errors[0]}")
    code: str = answer["contracts"]["source.sol"][contract]["evm"]["bytecode"]["object"]
    return f"0x{code}"
