"""Every dependency has a lower bound, and `just lowest` installs exactly that."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.bounds import lowest, requirements

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.mark.parametrize("requirement", requirements(EXTRAS), ids=str)
def test_every_dependency_has_a_lower_bound(requirement):
    assert re.fullmatch(r"\d+(\.\d+)*", lowest(requirement))


def test_the_lowest_version_is_the_bound_itself():
    assert lowest(Requirement("click>=8.4,<9")) == "8.4"
    assert lowest(Requirement("rich~=13.7; python_version < '3.15'")) == "13.7"
    with pytest.raises(ValueError, match=r"expected a lower bound, as in trio>=1\.0"):
        lowest(Requirement("trio<1"))


MODULES = {
    "attrs": "attrs", "grpcio": "grpc", "protobuf": "google", "safe-pysha3": "sha3",
    "trio-websocket": "trio_websocket",
}  # fmt: skip
# Their use comes with the events that users declare.
NOT_USED_YET = {"eth-abi", "eth-utils"}
AT_RUN_TIME = [
    each
    for each in requirements(sorted(set(EXTRAS) - {"dev", "bench"}))
    if each.name not in NOT_USED_YET
]


@pytest.mark.parametrize("requirement", AT_RUN_TIME, ids=str)
def test_nothing_is_installed_that_the_package_does_not_use(requirement):
    module = MODULES.get(requirement.name, requirement.name)
    uses = re.compile(rf"^\s*(import|from) {module}\b", re.MULTILINE)
    assert any(uses.search(path.read_text()) for path in (ROOT / "qenus").rglob("*.py"))
