"""API keys: made at random, kept as hashes in a file of the operator, compared so that time tells nothing.

A key holds 256 random bits, so nobody can guess one from its hash, and one round of SHA-256 is enough. Slow hashes such
as scrypt are for passwords that people choose; here they would only cost every request its time.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from estimator.errors import ScenarioError

BEGINNING = "estimator_"
"""Every key begins so, so that a scanner of source code finds one that was left there."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
HASH = re.compile("sha256:[0-9a-f]{64}")
NEVER = "never"


@dataclass(frozen=True, slots=True)
class Key:
    """One key, as the service knows it.

    Parameters
    ----------
    name : who uses it; stands in the log
    expires_on : the last day on which it opens, UTC; None = it does not expire
    hashed : "sha256:" and the hash of the key in hexadecimal digits
    """

    name: str
    expires_on: date | None
    hashed: str

    @property
    def line(self) -> str:
        """Write the line of the file."""
        return f"{self.name} {self.expires_on or NEVER} {self.hashed}"

    def expired(self, today: date) -> bool:
        """Tell whether the key opens no more."""
        return self.expires_on is not None and today > self.expires_on


def hash_of(secret: str) -> str:
    """Hash a key.

    Examples
    --------
    >>> hash_of("abc")
    'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    """
    return f"sha256:{sha256(secret.encode('utf-8', 'surrogatepass')).hexdigest()}"


def make_key(name: str, expires_on: date | None) -> tuple[str, Key]:
    """Make a key: the secret, to be handed over once, and what the service keeps of it.

    Raises
    ------
    ScenarioError : the name may not stand in the file
    """
    if not NAME.fullmatch(name):
        raise ScenarioError(f"The name {name[:80]!r} is not 1 to 64 letters, digits, dots, dashes and underscores.")
    secret = BEGINNING + secrets.token_urlsafe(32)
    return secret, Key(name, expires_on, hash_of(secret))


def find_key(secret: str, keys: Iterable[Key]) -> Key | None:
    """Find the key that a secret is, None if it is none; every key is compared, whichever is found.

    Examples
    --------
    >>> secret, key = make_key("planning", None)
    >>> find_key(secret, [key]).name, find_key("x", [key])
    ('planning', None)
    """
    asked = hash_of(secret)
    found = None
    for key in keys:
        if hmac.compare_digest(asked, key.hashed):
            found = key
    return found


def read_keys(path: Path) -> tuple[Key, ...]:
    """Read the file of keys: a line each, "NAME EXPIRES sha256:HASH"; lines that begin with # are notes.

    Raises
    ------
    ScenarioError : the file cannot be read, a line is no key, a name stands twice, or there is none at all
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"The file of keys {path} cannot be read: {error}.") from error
    found: dict[str, Key] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            key = _read_line(line.split(), f"{path}, line {number}")
            if key.name in found:
                raise ScenarioError(f"{path}, line {number}: the name {key.name} stands twice.")
            found[key.name] = key
    if not found:
        raise ScenarioError(f"{path} holds no key, so nobody could ask. Make one: estimator keys create.")
    return tuple(found.values())


def _read_line(words: list[str], where: str) -> Key:
    if len(words) != 3 or not NAME.fullmatch(words[0]) or not HASH.fullmatch(words[2]):
        raise ScenarioError(f"{where}: this is no key. Write NAME EXPIRES sha256:HASH, as estimator keys create does.")
    name, expires, hashed = words
    return Key(name, read_expiry(expires, where), hashed)


def read_expiry(words: str, where: str) -> date | None:
    """Read the day on which a key expires, None for never.

    Raises
    ------
    ScenarioError : it is neither a day nor "never"
    """
    if words == NEVER:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise ScenarioError(f"{where}: {words[:40]!r} is neither a day (YYYY-MM-DD) nor {NEVER!r}.") from None


def today() -> date:
    """Return the day, UTC."""
    return datetime.now(UTC).date()
