"""What the Dockerfile promises without being built; make image-check builds and runs it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
INSTRUCTIONS = [
    line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")
]


def arguments(instruction: str) -> list[str]:
    return [line.partition(" ")[2].strip() for line in INSTRUCTIONS if line.startswith(f"{instruction} ")]


def test_the_base_is_an_argument_pinned_by_digest() -> None:
    (base,) = [each for each in arguments("ARG") if each.startswith("BASE=")]
    assert re.fullmatch(r"BASE=[a-z./]+:[\w.-]+@sha256:[0-9a-f]{64}", base)
    assert {each.split()[0] for each in arguments("FROM")} == {"${BASE}", "scratch"}


def test_every_package_is_installed_by_hash_or_from_what_was_built_here() -> None:
    installs = [
        each for line in arguments("RUN") for each in line.split("&&") if re.search(r"\bpip\b.* install ", each)
    ]
    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-deps --no-index" in each for each in installs)


def test_no_shell_is_needed_to_run() -> None:
    for instruction in ("ENTRYPOINT", "CMD"):
        assert all(each.startswith("[") for each in arguments(instruction))
    (health,) = arguments("HEALTHCHECK")
    assert re.search(r"CMD \[", health)


def test_the_user_is_a_number_above_those_of_the_system() -> None:
    assert arguments("USER") == ["65532:65532"]


def test_everything_copied_from_the_context_is_let_in() -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    wanted = [each.split()[0] for each in arguments("COPY") if not each.startswith("--from")]
    assert all((ROOT / name).exists() for name in (*let_in, *wanted))
    assert all(any(Path(name).is_relative_to(each) for each in let_in) for name in wanted if name != ".")
