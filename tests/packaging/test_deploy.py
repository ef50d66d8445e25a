"""compose.yaml and deploy/kubernetes against the published schemas, and against what the service reads and serves."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from flask.testing import FlaskClient

from estimator.web.app import create_app
from estimator.web.settings import Settings, read_settings
from tests.shipped import LIBRARY

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICE: dict[str, Any] = COMPOSE["services"]["estimator"]
MANIFESTS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "deploy" / "kubernetes").glob("*.yaml")
}
POD: dict[str, Any] = MANIFESTS["deployment"]["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
IMAGE_USER = 65532
MIB_OF_A_WORKER, WORKERS = 137, 2
"""The first as make bench measures it; docs/operations.md says the same."""

MIB_OF_A_SWEEP = 329 - MIB_OF_A_WORKER
"""What a process holds more at the height of a sweep of a million cells, as make bench measures it."""


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(log_level="error"), LIBRARY).test_client()


def variables() -> Iterator[tuple[str, dict[str, str]]]:
    yield "compose", SERVICE["environment"]
    yield "kubernetes", {each["name"]: each["value"] for each in CONTAINER["env"]}


def in_bytes(amount: str) -> int:
    units = {"m": 2**20, "Mi": 2**20, "Gi": 2**30}
    (unit,) = [each for each in units if amount.endswith(each)]
    return int(amount.removesuffix(unit)) * units[unit]


def test_compose_keeps_to_its_specification() -> None:
    checked = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    told = subprocess.run([*checked, str(ROOT / "compose.yaml")], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
@pytest.mark.parametrize("name", sorted(MANIFESTS))
def test_every_manifest_keeps_to_the_schema_of_kubernetes(name: str, version: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], version, strict=True)


def test_the_schema_check_refuses_a_name_that_kubernetes_does_not_know() -> None:
    wrong = {**MANIFESTS["service"], "spec": {**MANIFESTS["service"]["spec"], "portz": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.30", strict=True)


def test_all_kinds_that_an_operator_expects_are_there() -> None:
    kinds = {each["kind"] for each in MANIFESTS.values()}
    expected = {"Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"}
    assert kinds == expected


@pytest.mark.parametrize(("where", "given"), list(variables()))
def test_every_variable_is_a_setting_of_the_service(where: str, given: dict[str, str]) -> None:
    read_settings(given)


@pytest.mark.parametrize(("where", "given"), list(variables()))
def test_there_is_time_to_finish_what_was_begun(where: str, given: dict[str, str]) -> None:
    pause = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"] if where == "kubernetes" else 0
    grace = {
        "compose": int(SERVICE["stop_grace_period"].removesuffix("s")),
        "kubernetes": POD["terminationGracePeriodSeconds"],
    }[where]
    settings = read_settings(given)
    assert grace >= pause + settings.drain_seconds + settings.graceful_timeout_seconds + 5


def test_image_version_and_port_are_those_of_the_project() -> None:
    from estimator import __version__

    assert SERVICE["image"] == CONTAINER["image"] == f"tune-or-prompt:{__version__}"
    assert SERVICE["build"]["args"]["VERSION"] == __version__
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    (port,) = {each["containerPort"] for each in CONTAINER["ports"]}
    assert f"EXPOSE {port}\n" in dockerfile
    assert f"ESTIMATOR_PORT={port}\n" in dockerfile
    assert [each.rpartition(":")[2] for each in SERVICE["ports"]] == [str(port)]
    assert f"USER {IMAGE_USER}:{IMAGE_USER}\n" in dockerfile


def test_compose_opens_the_port_to_this_machine_alone() -> None:
    assert all(each.startswith("127.0.0.1:") for each in SERVICE["ports"])


def test_the_named_port_is_meant_everywhere() -> None:
    named = {each["name"] for each in CONTAINER["ports"]}
    meant = {each["targetPort"] for each in MANIFESTS["service"]["spec"]["ports"]}
    meant |= {port["port"] for rule in MANIFESTS["network-policy"]["spec"]["ingress"] for port in rule["ports"]}
    meant |= {CONTAINER[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert meant == named


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
def test_every_probe_asks_what_is_served(probe: str, client: FlaskClient) -> None:
    assert client.get(CONTAINER[probe]["httpGet"]["path"]).status_code == 200


def test_the_scraped_path_is_served(client: FlaskClient) -> None:
    notes = MANIFESTS["deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert client.get(notes["prometheus.io/path"]).status_code == 200
    assert notes["prometheus.io/port"] == str(CONTAINER["ports"][0]["containerPort"])


def test_every_selector_finds_the_pods() -> None:
    labels = MANIFESTS["deployment"]["spec"]["template"]["metadata"]["labels"]
    assert MANIFESTS["deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFESTS["service"]["spec"]["selector"] == labels
    assert MANIFESTS["disruption-budget"]["spec"]["selector"]["matchLabels"] == labels
    assert MANIFESTS["network-policy"]["spec"]["podSelector"]["matchLabels"] == labels
    target = MANIFESTS["autoscaler"]["spec"]["scaleTargetRef"]
    assert target == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": MANIFESTS["deployment"]["metadata"]["name"],
    }


def test_the_pods_have_no_rights() -> None:
    assert POD["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": IMAGE_USER,
        "runAsGroup": IMAGE_USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert POD["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & POD.keys()
    assert [each["mountPath"] for each in CONTAINER["volumeMounts"]] == ["/tmp"]  # noqa: S108 - the one writable folder
    assert all(set(each) == {"name", "emptyDir"} and each["emptyDir"]["sizeLimit"] for each in POD["volumes"])


def test_the_composed_container_has_no_rights() -> None:
    assert SERVICE["user"] == f"{IMAGE_USER}:{IMAGE_USER}"
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "volumes", "network_mode", "pid", "ipc"} & SERVICE.keys()


def test_nobody_is_asked_from_inside() -> None:
    policy = MANIFESTS["network-policy"]["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    assert policy["egress"] == []
    assert all(rule["from"] for rule in policy["ingress"])


def test_the_memory_asked_for_holds_the_measured_workers() -> None:
    measured = (WORKERS + 1) * MIB_OF_A_WORKER * 2**20
    asked = in_bytes(CONTAINER["resources"]["requests"]["memory"])
    limit = in_bytes(CONTAINER["resources"]["limits"]["memory"])
    assert measured <= asked < limit
    assert limit - measured >= MIB_OF_A_SWEEP * 2**20 + in_bytes(POD["volumes"][0]["emptyDir"]["sizeLimit"])  # and /tmp
    assert in_bytes(SERVICE["mem_limit"]) == limit
    assert all(given["ESTIMATOR_WORKERS"] == str(WORKERS) for _, given in variables())


def test_an_update_or_a_drained_node_leaves_somebody_to_answer() -> None:
    assert MANIFESTS["deployment"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert MANIFESTS["autoscaler"]["spec"]["minReplicas"] > MANIFESTS["disruption-budget"]["spec"]["maxUnavailable"]
