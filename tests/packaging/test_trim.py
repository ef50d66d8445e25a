"""What is left of a root file system, of a Debian-like one and of one with its Python in /usr/local."""

import runpy
from pathlib import Path

import pytest

TRIM = runpy.run_path(str(Path(__file__).parents[2] / "deploy" / "image" / "trim.py"))["trim"]

KEPT = {
    "etc/passwd",
    "etc/ssl/certs/ca-certificates.crt",
    "opt/estimator/bin/estimator",
    "opt/estimator/bin/python3",
    "opt/estimator/lib/python3.11/site-packages/estimator/presets/prototype.yaml",
    "opt/estimator/lib/python3.11/site-packages/numpy/testing/__init__.py",
    "opt/estimator/lib/python3.11/site-packages/pipeline/__init__.py",
    "usr/local/lib/libpython3.11.so.1.0",
    "usr/share/doc/libc6/copyright",
    "usr/share/zoneinfo/UTC",
    "var/lib/dpkg/status",
    "{python}/bin/python3.11",
    "{python}/lib/python3.11/json/__init__.py",
}
REMOVED = {
    "etc/cron.daily/dpkg",
    "opt/estimator/bin/activate",
    "opt/estimator/lib/python3.11/site-packages/numpy/__init__.pyi",
    "opt/estimator/lib/python3.11/site-packages/numpy/tests/test_array.py",
    "root/.bashrc",
    "usr/bin/dash",
    "usr/sbin/useradd",
    "usr/share/doc/libc6/examples/run",
    "usr/share/man/man1/ls.1",
    "var/lib/apt/lists/index",
    "{python}/bin/pip3",
    "{python}/bin/python3.11-config",
    "{python}/lib/python3.11/ensurepip/_bundled/pip-23.whl",
    "{python}/lib/python3.11/site-packages/pip/__init__.py",
    "{python}/lib/python3.11/site-packages/setuptools-65.dist-info/METADATA",
    "{python}/lib/python3.11/test/test_json.py",
}


@pytest.mark.parametrize("python", ["usr", "usr/local"])
def test_what_serves_stays_and_what_installs_tests_or_is_a_shell_goes(tmp_path: Path, python: str) -> None:
    for name in KEPT | REMOVED:
        path = tmp_path / name.format(python=python)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", "utf-8")
    (tmp_path / "bin").symlink_to("usr/bin")
    TRIM(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert left == {name.format(python=python) for name in KEPT}
    assert list(tmp_path.glob("opt/estimator/lib/**/*.pyc"))
