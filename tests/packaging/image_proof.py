"""Prove a built image: python -m tests.packaging.image_proof ROOT CONFIG ARCHIVE, as root, called by check_image.sh.

ROOT is its mounted root file system, CONFIG what ``buildah inspect --type image`` printed, ARCHIVE its OCI layout.
"""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from tests.packaging.ask import check_answers, post
from tests.packaging.locked import ROOT as PROJECT
from tests.packaging.locked import locked
from tests.web.asking import read
from tests.web.served import free_port
from tests.web.soak import LONG_CURVE

UNPACKED_LIMIT_MB, COMPRESSED_LIMIT_MB = 450, 200
SBOM = "opt/estimator/sbom.cdx.json"
INSTALLERS = {"pip", "setuptools", "wheel", "ensurepip", "pkg_resources"}
SHELLS = {"sh", "bash", "dash", "busybox", "env", "apt", "apt-get", "dpkg", "perl"}
LABELS = {"title", "description", "licenses", "version", "revision", "created", "source"}
WRITE = "import os; print(os.getuid(), os.getgroups()); open('/opt/estimator/written', 'w')"


def tell(what: str) -> None:
    """Print one line of the proof."""
    print(what, flush=True)


def check_config(config: dict[str, Any]) -> None:
    """The image runs as nobody, is started and asked without a shell, and says what it is."""
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()}
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["estimator"]
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert config["StopSignal"] == "SIGTERM"
    assert labels.keys() >= LABELS, labels
    assert labels["version"] == version
    tell(f"config: user {config['User']}, exec form, labels of version {version} at {labels['revision'][:12]}")


def check_files(root: Path) -> None:
    """Nothing that installs, no shell, nothing that changes its user, nothing that others can write."""
    found = [path for path in root.rglob("*") if not path.is_symlink() and (path.is_file() or path.is_dir())]
    commands = {path.name for path in found if path.is_file() and os.access(path, os.X_OK)}
    assert not commands & SHELLS, commands & SHELLS
    packages = {path.name.partition("-")[0] for path in found if path.parent.name.endswith("-packages")}
    assert not packages & INSTALLERS, packages & INSTALLERS
    modes = {path: path.stat().st_mode for path in found}
    raised = [path for path, mode in modes.items() if path.is_file() and mode & (stat.S_ISUID | stat.S_ISGID)]
    assert not raised, raised
    open_to_all = {str(path.relative_to(root)) for path, mode in modes.items() if mode & stat.S_IWOTH}
    assert open_to_all <= {"tmp", "var/tmp", "run/lock"}, open_to_all
    tell(f"files: {len(found)}, no shell, no installer, no set-user-id, none writable by others")


def check_sbom(root: Path) -> None:
    """The bill of materials is valid and lists what is locked, which is what is installed."""
    written = (root / SBOM).read_text("utf-8")
    errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(written)
    assert errors is None, errors
    bom = json.loads(written)
    assert bom["metadata"]["component"]["name"] == "tune-or-prompt"
    listed = {canonicalize_name(each["name"]): each["version"] for each in bom["components"]}
    lock = locked("run")
    always = {name for name, each in lock.items() if each.requirement.marker is None}
    assert always <= listed.keys() <= lock.keys(), listed.keys() ^ lock.keys()
    assert all(lock[name].version == version for name, version in listed.items())
    folders = [
        path.name.removesuffix(".dist-info") for path in root.glob("opt/estimator/lib/*/site-packages/*.dist-info")
    ]
    installed = {canonicalize_name(name): version for name, _, version in (each.partition("-") for each in folders)}
    del installed["tune-or-prompt"]
    assert installed == listed
    tell(f"bill of materials: /{SBOM}, CycloneDX {bom['specVersion']}, {len(listed)} packages, as locked and installed")


def check_size(root: Path, archive: Path) -> None:
    """The image is small: on disk, and as it travels."""
    blocks = sum(path.lstat().st_blocks for path in root.rglob("*"))
    unpacked_mb = blocks * 512 / 1e6
    blobs = archive / "blobs" / "sha256"
    index = json.loads((archive / "index.json").read_text("utf-8"))
    manifest = json.loads((blobs / index["manifests"][0]["digest"].partition(":")[2]).read_text("utf-8"))
    compressed_mb = sum(layer["size"] for layer in manifest["layers"]) / 1e6
    tell(f"size: {unpacked_mb:.0f} MB unpacked, {compressed_mb:.0f} MB compressed, {len(manifest['layers'])} layer")
    assert unpacked_mb < UNPACKED_LIMIT_MB
    assert compressed_mb < COMPRESSED_LIMIT_MB


def inside(root: Path, config: Path, *command: str) -> list[str]:
    """Write the command that runs another inside the image, as tests/packaging/contained.py says."""
    isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child", sys.executable, "-m"]
    return [*isolated, "tests.packaging.contained", str(root), str(config), *command]


@contextlib.contextmanager
def running(root: Path, config: Path, port: int) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Start the image, wait until its own health check passes, yield the process and the number of its first one."""
    environment = {**os.environ, "ESTIMATOR_PORT": str(port), "ESTIMATOR_WORKERS": "2"}
    health = inside(root, config, *json.loads(config.read_text("utf-8"))["Docker"]["config"]["Healthcheck"]["Test"][1:])
    assert subprocess.run(health, env=environment, check=False, stderr=subprocess.DEVNULL).returncode == 1
    log = config.with_name("served.log")
    with log.open("wb") as written:
        process = subprocess.Popen(inside(root, config), env=environment, stdout=written, stderr=written)
    try:
        for _ in range(60):
            if subprocess.run(health, env=environment, check=False).returncode == 0:
                break
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.5)
        else:
            raise AssertionError(log.read_text("utf-8"))
        yield process, int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
    finally:
        process.kill()
        process.wait()


def check_running(root: Path, config: Path) -> None:
    """It serves right answers without any right, and stops when told, after what it has begun."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running(root, config, port) as (process, first):
        state = json.loads(read(address, "/readyz"))
        tell(f"health check passed, ready with price book {state['price_book_version']}")
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{first}/status").read_text().splitlines())
        assert status["Uid"].split() == ["65532"] * 4
        assert (int(status["CapEff"], 16), int(status["CapBnd"], 16), status["NoNewPrivs"]) == (0, 0, "1")
        tried = subprocess.run(inside(root, config, "python", "-c", WRITE), capture_output=True, text=True, check=False)
        assert tried.stdout.strip() == "65532 []"
        assert "Read-only file system" in tried.stderr
        tell("runs as user 65532, no capability, no new privileges, root file system read-only")
        tell(f"estimates: by hand and as here, form served; {check_answers(address)}")
        with ThreadPoolExecutor() as pool:
            _, path, body = LONG_CURVE
            begun = pool.submit(post, address, path, json.loads(body or b""))
            time.sleep(0.5)
            os.kill(first, signal.SIGTERM)
            assert json.loads(begun.result(timeout=60))
        assert process.wait(timeout=60) == 0
        tell("SIGTERM: the request under way was answered, exit code 0")


def main(root: Path, config: Path, archive: Path) -> None:
    """Prove everything, the cheap parts first."""
    check_config(json.loads(config.read_text("utf-8"))["Docker"]["config"])
    check_files(root)
    check_sbom(root)
    check_size(root, archive)
    check_running(root, config)


if __name__ == "__main__":
    main(*(Path(word).resolve() for word in sys.argv[1:4]))
