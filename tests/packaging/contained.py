"""Run a command of an image as a strict container runtime does: python -m tests.packaging.contained.

    unshare --mount --pid --fork --kill-child python -m tests.packaging.contained ROOT CONFIG [COMMAND ...]

Read-only root file system, fresh memory file systems at /tmp and /dev/shm, the user of the image and no other group, no
capability, no new privileges, the environment of the image and nothing else but what begins with ESTIMATOR_. The
command is the first process of its own process namespace. Without a COMMAND the entry point of the image is run.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

DEVICES = ("null", "zero", "random", "urandom")
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
LAST_CAPABILITY = int(Path("/proc/sys/kernel/cap_last_cap").read_text())


def mount(*words: str) -> None:
    """Mount inside the mount namespace of this process."""
    subprocess.run(["mount", *words], check=True)  # noqa: S607 - our own words, the system's mount


def isolate(root: Path) -> None:
    """Make a root file system read-only but for memory at /tmp and /dev/shm, and enter it."""
    mount("--bind", str(root), str(root))
    mount("--options", "remount,bind,ro", str(root))
    mount("--types", "tmpfs", "--options", "size=64m,mode=1777", "tmpfs", str(root / "tmp"))
    mount("--types", "tmpfs", "--options", "size=1m,mode=0755", "tmpfs", str(root / "dev"))
    for name in DEVICES:
        (root / "dev" / name).touch()
        mount("--bind", f"/dev/{name}", str(root / "dev" / name))
    (root / "dev" / "shm").mkdir()
    mount("--types", "tmpfs", "--options", "size=64m,mode=1777", "tmpfs", str(root / "dev" / "shm"))
    mount("--types", "proc", "proc", str(root / "proc"))
    os.chroot(root)


def lower(user: str) -> None:
    """Give up every right of the superuser for good."""
    kernel = ctypes.CDLL(None, use_errno=True)
    for capability in range(LAST_CAPABILITY + 1):
        assert kernel.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0
    owner, _, group = user.partition(":")
    os.setgroups([])
    os.setgid(int(group))
    os.setuid(int(owner))
    assert kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0


def run(root: Path, config: dict[str, Any], command: list[str]) -> None:
    """Become the command."""
    environment = dict(line.split("=", 1) for line in config["Env"])
    environment |= {name: value for name, value in os.environ.items() if name.startswith("ESTIMATOR_")}
    isolate(root)
    os.chdir(config["WorkingDir"])
    lower(config["User"])
    program = shutil.which(command[0], path=environment["PATH"])
    assert program, f"{command[0]} is not in the image"
    os.execve(program, command, environment)  # noqa: S606 - without a shell, which is the point


if __name__ == "__main__":
    described = json.loads(Path(sys.argv[2]).read_text("utf-8"))["Docker"]["config"]
    run(Path(sys.argv[1]), described, sys.argv[3:] or [*described["Entrypoint"], *described["Cmd"]])
