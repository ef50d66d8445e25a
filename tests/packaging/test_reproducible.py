"""The same sources give the same bytes, wherever, whenever and by whomever they are packed."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
FOLDERS = ("estimator", "pricing", "tests", "docs", "deploy", "requirements")
FILES = ("README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "Makefile", "pyproject.toml", ".gitignore")
PACK = [sys.executable, "-m", "build", "--no-isolation"]


def pack(home: Path, umask: int, age: int) -> dict[str, str]:
    """Copy the sources to a folder, pack them there, and return the digest of every file made."""
    home.mkdir()
    for name in FOLDERS:
        shutil.copytree(ROOT / name, home / name)
    for name in FILES:
        shutil.copy(ROOT / name, home / name)
    for path in home.rglob("*"):
        os.utime(path, (age, age))
        path.chmod(path.stat().st_mode & ~umask)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600", "TZ": "UTC" if umask else "Asia/Tokyo"}
    subprocess.run(PACK, cwd=home, env=environment, umask=umask, check=True, capture_output=True)
    return {made.name: hashlib.sha256(made.read_bytes()).hexdigest() for made in (home / "dist").iterdir()}


def test_packing_twice_gives_equal_bytes(tmp_path: Path) -> None:
    first = pack(tmp_path / "one", umask=0o022, age=1_600_000_000)
    second = pack(tmp_path / "another place", umask=0o077, age=1_700_000_000)
    assert sorted(Path(name).suffix for name in first) == [".gz", ".whl"]
    assert first == second


def test_the_wheel_of_the_sources_is_the_wheel_of_the_sdist(tmp_path: Path) -> None:
    through_sdist = pack(tmp_path / "one", umask=0o022, age=1_600_000_000)
    shutil.rmtree(tmp_path / "one" / "dist")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
    subprocess.run([*PACK, "--wheel"], cwd=tmp_path / "one", env=environment, check=True, capture_output=True)
    (wheel,) = (tmp_path / "one" / "dist").glob("*.whl")
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == through_sdist[wheel.name]
