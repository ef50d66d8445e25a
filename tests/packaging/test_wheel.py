"""The wheel, built and installed into a fresh environment: nothing that it needs stays behind in the repository."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.web.served import served

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]

LOOK = """
import json
from importlib.resources import files
from pathlib import Path
import estimator, pricing
from estimator.presets import presets
from estimator.price_book import load_price_book
from estimator.web.app import create_app
from estimator.web.settings import Settings

client = create_app(Settings()).test_client()
print(json.dumps({
    "estimator": str(files("estimator")), "pricing": str(files("pricing")), "presets": len(presets()),
    "offers": len(load_price_book().book().offers("token_prices")), "form": client.get("/").status_code,
    "style": client.get("/static/page.css").status_code, "model": client.get("/model").status_code,
    "typed": files("estimator").joinpath("py.typed").is_file(),
}))
"""


def run(*words: str, cwd: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ESTIMATOR_", "PYTHON"))}
    found = subprocess.run(words, cwd=cwd, env=kept, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; its dependencies are linked to those here, so that no index is asked."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    (wheel,) = folder.glob("*.whl")
    home = folder / "fresh"
    venv.create(home, with_pip=False)
    site = next((home / "lib").glob("python*")) / "site-packages"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(home / "bin" / "python"),
        "install",
        "--no-deps",
        "--no-index",
        str(wheel),
        cwd=folder,
    )
    editable = {"_tune_or_prompt.pth", "__editable__"}
    shared = Path(sysconfig.get_path("purelib"))
    for package in shared.iterdir():
        ours = package.name.startswith(("tune_or_prompt", "estimator", "pricing", *editable))
        if not ours and package.suffix != ".pth" and not (site / package.name).exists():
            (site / package.name).symlink_to(package)
    return home


def test_everything_that_the_service_needs_travels_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    import json

    found = json.loads(run(str(installed / "bin" / "python"), "-c", LOOK, cwd=tmp_path).splitlines()[-1])
    assert found["estimator"].startswith(str(installed))
    assert found["pricing"].startswith(str(installed))
    assert found["presets"] == 5
    assert found["offers"] > 1000
    assert (found["form"], found["style"], found["model"], found["typed"]) == (200, 200, 200, True)


def test_the_installed_command_estimates(installed: Path, tmp_path: Path) -> None:
    assert "Break-even" in run(str(installed / "bin" / "estimator"), "estimate", "prototype", cwd=tmp_path)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("sensitivity", "prototype"), "other inputs move it less."),
        (("compare", "prototype", "--price-books", "2026-11-01", "newest"), "The recommendation stays."),
    ],
)
def test_the_installed_command_answers(installed: Path, tmp_path: Path, words: tuple[str, ...], shown: str) -> None:
    assert shown in run(str(installed / "bin" / "estimator"), *words, cwd=tmp_path)


def test_the_installed_command_serves(installed: Path, tmp_path: Path) -> None:
    with served(tmp_path / "log", command=str(installed / "bin" / "estimator")):
        pass


def test_no_test_travels_in_the_wheel(installed: Path) -> None:
    (record,) = installed.rglob("tune_or_prompt-*.dist-info/RECORD")
    files = [line.partition(",")[0] for line in record.read_text("utf-8").splitlines()]
    own = [name for name in files if not name.startswith(("..", "tune_or_prompt-"))]
    assert {name.partition("/")[0] for name in own} == {"estimator", "pricing"}
