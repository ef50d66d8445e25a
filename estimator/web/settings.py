"""Everything an operator can set: ESTIMATOR_* variables -> one frozen Settings; unknown names are refused."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from estimator.errors import ScenarioError, UnknownNameError
from estimator.scenario.inputs import Input, choice, default_of, flag, inputs_of, text, whole
from estimator.web.sizing import usual_workers

PREFIX = "ESTIMATOR_"
TRUTH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How the service runs."""

    host: str = text("127.0.0.1", "Address to listen on.")
    port: int = whole(8000, "port", "Port to listen on.", high=65535)
    workers: int | None = whole(
        None,
        "process",
        "Worker processes; empty = one a core, as many as the memory holds, at most 8.",
        low=1,
        high=256,
    )
    threads: int = whole(8, "thread", "Threads of a worker.", low=1, high=256)
    max_connections: int = whole(10_000, "connection", "Open connections of a worker.", low=16, high=100_000)
    receive_seconds: int = whole(10, "s", "Time in which a request must have arrived whole.", low=1, high=3600)
    time_budget_seconds: int = whole(20, "s", "Time that the work of one request may take.", low=1, high=3600)
    heavy_workers: int | None = whole(
        None, "process", "Processes for long computations, one each; empty = half as many as workers.", low=1, high=256
    )
    heavy_wait_seconds: int = whole(5, "s", "Time that a long computation waits for its turn.", high=3600)
    light_milliseconds: int = whole(200, "ms", "Processor time after which a computation counts as long.", low=1)
    timeout_seconds: int = whole(
        60, "s", "Time after which a request, the sending of its answer included, is cut off.", low=1, high=3600
    )
    drain_seconds: int = whole(3, "s", "Time in which a stopping service still serves but is not ready.", high=3600)
    graceful_timeout_seconds: int = whole(
        30, "s", "Time to finish requests when stopping, after the draining.", low=1, high=3600
    )
    keep_alive_seconds: int = whole(5, "s", "Time an idle connection is kept.", high=3600)
    max_requests: int = whole(20_000, "request", "Requests after which a worker is renewed; 0 = never.")
    max_requests_jitter: int = whole(2_000, "request", "Spread of that number, so that workers are renewed in turn.")
    max_body_bytes: int = whole(1_000_000, "byte", "Largest body of a request.", low=1024, high=1e9)
    max_json_depth: int = whole(32, "level", "Deepest nesting of a body.", low=8, high=200)
    api_keys_file: str = text("", "File of API keys, written by estimator keys create; empty = no key is asked for.")
    rate_limit: str = text("", 'Requests of one client, such as "60 per minute; 1000 per day"; empty = no limit.')
    rate_limit_storage: str = text(
        "memory://",
        "Where requests are counted: redis://HOST:PORT for all workers, memory:// for each worker by itself.",
    )
    pricing_folder: str = text("", "Folders of own price tables on top of the shipped ones, separated as in PATH.")
    forwarded_allow_ips: str = text("127.0.0.1", "Proxies whose X-Forwarded-* headers are believed.")
    log_level: str = choice("info", ("debug", "info", "warning", "error"), "Least level that is logged.")
    metrics: bool = flag(default=True, meaning="Whether /metrics is served.")

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of own price tables."""
        return tuple(Path(each) for each in self.pricing_folder.split(os.pathsep) if each)

    @property
    def worker_count(self) -> int:
        """The number of worker processes."""
        return self.workers or usual_workers()

    @property
    def heavy_worker_count(self) -> int:
        """The number of processes for long computations."""
        return self.heavy_workers or max(1, self.worker_count // 2)

    @property
    def most_handed_over(self) -> int:
        """Long questions that a worker waits for: half of its threads stay free for short ones."""
        return max(1, self.threads // 2)


def variable(name: str) -> str:
    """Name the variable of a setting.

    Examples
    --------
    >>> variable("max_body_bytes")
    'ESTIMATOR_MAX_BODY_BYTES'
    """
    return PREFIX + name.upper()


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises
    ------
    UnknownNameError : a variable begins with ESTIMATOR_ and is no setting
    ScenarioError : a value is of the wrong sort or out of range, or two contradict each other
    """
    environment = os.environ if environment is None else environment
    names = {variable(name): name for name in inputs_of(Settings)}
    given: dict[str, Any] = {}
    for key in sorted(environment):
        if not key.startswith(PREFIX):
            continue
        if key not in names:
            raise UnknownNameError("setting", key, names)
        given[names[key]] = _read(key, environment[key].strip(), inputs_of(Settings)[names[key]])
    settings = Settings(**{name: value for name, value in given.items() if value is not REVERT})
    if settings.time_budget_seconds >= settings.timeout_seconds:
        raise ScenarioError(
            f"{variable('time_budget_seconds')} ({settings.time_budget_seconds}) must be below "
            f"{variable('timeout_seconds')} ({settings.timeout_seconds}), which cuts the connection."
        )
    return settings


REVERT = object()
"""An empty variable: the default holds."""


def _read(key: str, words: str, declared: Input) -> Any:
    if not words:
        return REVERT
    if declared.kind == "flag":
        if words.lower() not in TRUTH:
            raise ScenarioError(f"{key} must be true or false, not {words!r}.")
        return TRUTH[words.lower()]
    if declared.kind == "choice":
        if words not in declared.choices:
            raise UnknownNameError(f"value of {key}", words, declared.choices)
        return words
    if declared.numeric:
        return _read_number(key, words, declared)
    return words


def _read_number(key: str, words: str, declared: Input) -> float:
    try:
        value = float(words)
    except ValueError as error:
        raise ScenarioError(f"{key} must be a number, not {words!r}.") from error
    wrong = declared.objection(value)
    if wrong:
        raise ScenarioError(f"{key}: {wrong}")
    return int(value) if declared.kind == "whole" else value


def without_password(words: str) -> str:
    """Write an address without what may be a secret: all between its slashes and its last @, and its query.

    Examples
    --------
    >>> without_password("redis://name:hunter2@db:6379/0?password=hunter2")
    'redis://***@db:6379/0?***'
    >>> without_password("redis://db:6379")
    'redis://db:6379'
    """
    return re.sub(r"\?.*$", "?***", re.sub(r"//.*@", "//***@", words, flags=re.DOTALL), flags=re.DOTALL)


def lines(settings: Settings) -> Iterator[tuple[str, Any, Any, str]]:
    """Yield the variable, its value without passwords, its default and its meaning, setting by setting."""
    for each in fields(Settings):
        declared: Input = each.metadata["input"]
        unit = f" [{declared.unit}]" if declared.unit else ""
        counted = {"workers": settings.worker_count, "heavy_workers": settings.heavy_worker_count}
        value = counted.get(each.name, getattr(settings, each.name))
        value = without_password(value) if each.name == "rate_limit_storage" else value
        yield variable(each.name), value, default_of(each), f"{declared.meaning}{unit}"
