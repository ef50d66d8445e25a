"""Free a root file system of all that a Python service does not need: python trim.py [ROOT].

What stays: the interpreter and its library, the shared libraries, certificates, time zones, licences, and the list of
installed Debian packages, which scanners read. The modules are compiled with hashes in place of dates, so that the
result does not depend on when it was made.
"""

import compileall
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from py_compile import PycInvalidationMode

SERVICE = "opt/estimator"
COMMANDS = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", f"{SERVICE}/bin")
KEPT = re.compile(r"python[\d.]*|estimator")
SPARE = """
    etc/apt etc/dpkg usr/lib/apt usr/lib/dpkg usr/libexec/dpkg usr/share/python-wheels var/lib/apt var/cache
    usr/**/python3*/ensurepip usr/**/python3*/venv usr/**/python3*/config-*
    usr/**/*-packages/pip* usr/**/*-packages/setuptools* usr/**/*-packages/wheel* usr/**/*-packages/pkg_resources
    usr/**/*-packages/_distutils_hack usr/**/*-packages/distutils-precedence.pth

    etc/cron.* etc/init.d etc/rc*.d etc/kernel etc/logrotate.d etc/profile.d etc/update-motd.d root/.* var/log
    usr/lib/*/e2fsprogs usr/lib/*/gconv usr/lib/*/perl* usr/lib/init usr/lib/udev usr/share/bash-completion
    usr/share/bug usr/share/debconf usr/share/info usr/share/lintian usr/share/locale usr/share/man usr/share/perl*
    usr/share/pixmaps usr/share/terminfo usr/share/doc/*/examples

    usr/include usr/local/include usr/local/lib/*.a usr/local/lib/pkgconfig usr/**/python3*/idlelib
    usr/**/python3*/lib2to3 usr/**/python3*/pydoc_data usr/**/python3*/test usr/**/python3*/tkinter
    usr/**/python3*/turtledemo

    opt/estimator/include opt/estimator/lib/**/include opt/estimator/lib/**/tests
    opt/estimator/lib/**/*.a opt/estimator/lib/**/*.h opt/estimator/lib/**/*.pxd opt/estimator/lib/**/*.pyi
"""
"""What is removed, with all below it: what installs, what runs the system, what builds, what tests and types."""


def spare(root: Path) -> Iterator[Path]:
    """Yield what is removed."""
    for folder in COMMANDS:
        if (root / folder).is_dir() and not (root / folder).is_symlink():
            yield from (each for each in (root / folder).iterdir() if not KEPT.fullmatch(each.name))
    for pattern in SPARE.split():
        yield from root.glob(pattern)


def trim(root: Path) -> None:
    """Remove what is not needed, and compile what is left of the service."""
    for path in list(spare(root)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for folder in [root / SERVICE / "lib", *root.glob("usr/lib/python3*"), *root.glob("usr/local/lib/python3*")]:
        compileall.compile_dir(folder, quiet=2, force=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


if __name__ == "__main__":
    trim(Path(sys.argv[1] if len(sys.argv) > 1 else "/"))
    Path(__file__).unlink()
