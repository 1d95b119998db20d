"""What Curve's contracts answered, by contract: figures recorded from the contracts in an EVM."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "curve_answers"
_SUFFIX = ".json.gz"


def names(prefix: str) -> list[str]:
    """The recorded contracts whose file begins with a prefix, without the prefix."""
    found = sorted(path.name for path in _FOLDER.glob(f"{prefix}*{_SUFFIX}"))
    return [name.removeprefix(prefix).removesuffix(_SUFFIX) for name in found]


@cache
def recorded(name: str) -> dict[str, Any]:
    """One contract's states and answers, with a head that says where they come from."""
    found = json.loads(gzip.decompress((_FOLDER / f"{name}{_SUFFIX}").read_bytes()))
    assert {"contract", "repository", "commit", "path"} <= set(found["head"])
    return found  # type: ignore[no-any-return]
