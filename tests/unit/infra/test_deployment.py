"""Image, compose file and Kubernetes manifests: as their schemas want them, and naming only what Scout has."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for
from scout_app.bootstrap import services
from scout_app.cli_run import PartName
from scout_common.settings import Settings
from scout_contracts.stages import STAGES

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "tests" / "data" / "schemas"
K8S = ROOT / "infra" / "k8s"
BASE = K8S / "base"
RUNS = {part.value for part in PartName}
SETTINGS = {f"SCOUT_{name.upper()}" for name in Settings.model_fields}
NOT_OURS = re.compile(r"(AWS|PREFECT|DO_NOT)_")


def manifests() -> list[tuple[str, dict[str, Any]]]:
    """Every Kubernetes object, beside its file's name."""
    documents = [(path.name, yaml.safe_load_all(path.read_text())) for path in sorted(K8S.glob("*/*.yaml"))]
    return [(name, item) for name, items in documents for item in items if is_object(item)]


def is_object(item: Any) -> bool:
    """Kustomize's own files and JSON patches are none."""
    return isinstance(item, dict) and item["kind"] != "Kustomization"


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [item for _, item in manifests() if item["kind"] == kind]


def errors(schema: dict[str, Any], instance: Any) -> list[str]:
    found = validator_for(schema)(schema).iter_errors(instance)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def wrong(item: dict[str, Any]) -> list[str]:
    """What its schema says of a Kubernetes object."""
    key = f"{item['apiVersion']}/{item['kind']}"
    schema = json.loads((SCHEMAS / ("keda.json" if key.startswith("keda") else "kubernetes.json")).read_text())
    return errors({**schema["kinds"][key], "$defs": schema["$defs"]}, item)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.dev.yml").read_text())
    return made


def test_the_image_is_well_made() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    ended = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER 10001" in lines
    for language in ("eng", "ben"):
        assert f"tesseract-ocr-{language}" in (ROOT / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["scout"]' in lines


def test_the_image_has_every_extra_that_a_service_needs(compose: dict[str, Any]) -> None:
    (default,) = re.findall(r"^ARG EXTRAS=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"].keys()
    assert set(default.split(",")) == extras - {"dev", "learned"}
    assert compose["services"]["api"]["build"]["args"]["EXTRAS"] == f"${{EXTRAS:-{default}}}"


def test_a_part_that_holds_a_card_fails_where_it_cannot_use_it(compose: dict[str, Any]) -> None:
    holding = [service for service in compose["services"].values() if "deploy" in service]
    assert [service["environment"]["SCOUT_DEVICE"] for service in holding] == ["cuda"] * 2
    steps = yaml.safe_load((K8S / "gpu" / "one-gpu.yaml").read_text())
    (env,) = [step["value"] for step in steps if step["path"].endswith("/env")]
    assert {"name": "SCOUT_DEVICE", "value": "cuda"} in env


def test_what_the_image_copies_reaches_the_builder() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
        assert name.split("/")[0] in allowed


def test_compose_fits_its_specification(compose: dict[str, Any]) -> None:
    assert errors(json.loads((SCHEMAS / "compose-spec.json").read_text()), compose) == []


def test_compose_has_every_service_and_knows_it(compose: dict[str, Any]) -> None:
    runs = [tuple(service.get("command", ())) for service in compose["services"].values()]
    assert {words[1] for words in runs if words[:1] == ("run",)} == RUNS
    assert ("db", "migrate") in runs


def test_compose_waits_for_what_it_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            once = services[needed].get("restart") == "no"
            wanted = "service_completed_successfully" if once else "service_healthy"
            assert how["condition"] == wanted, f"{name} waits for {needed}"
        assert "healthcheck" in service or service["image"].startswith("scout:"), f"{name} is never known to be well"
    assert set(compose["volumes"]) == {
        mount.split(":")[0]
        for service in services.values()
        for mount in service.get("volumes", ())
        if re.match(r"\w+:", mount)
    }


def test_compose_opens_ports_on_this_machine_alone(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def environments(compose: dict[str, Any]) -> Iterator[str]:
    """Every name of the environment that a container of ours gets, or that a user may give."""
    for service in compose["services"].values():
        if service["image"].startswith("scout:"):
            yield from service.get("environment", {})
    yield from re.findall(r"(SCOUT_\w+)=", (ROOT / "Dockerfile").read_text())
    yield from re.findall(r"^(\w+)=", (BASE / "settings.env").read_text(), re.MULTILINE)
    for _, item in manifests():
        yield from item.get("stringData", {})
        for container in item.get("spec", {}).get("template", {}).get("spec", {}).get("containers", ()):
            yield from (entry["name"] for entry in container.get("env", ()))


def test_only_known_settings_are_given(compose: dict[str, Any]) -> None:
    assert {name for name in environments(compose) if not NOT_OURS.match(name)} <= SETTINGS


def test_settings_have_the_types_that_scout_wants(compose: dict[str, Any]) -> None:
    given = dict(re.findall(r"^(SCOUT_\w+)=(.*)$", (BASE / "settings.env").read_text(), re.MULTILINE))
    for environment in (given, *(service.get("environment", {}) for service in compose["services"].values())):
        fields = {name.removeprefix("SCOUT_").lower(): value for name, value in environment.items()}
        known = {name: value for name, value in fields.items() if name in Settings.model_fields}
        known.pop("log_level", None)  # interpolated by compose
        Settings(_env_file=None, **known)


@pytest.mark.parametrize(("name", "item"), manifests(), ids=lambda value: value if isinstance(value, str) else "")
def test_manifests_fit_their_schemas(name: str, item: dict[str, Any]) -> None:
    assert wrong(item) == []


def test_the_schemas_refuse_what_is_wrong() -> None:
    deployment = of_kind("Deployment")[0]
    deployment["spec"]["template"]["spec"]["containers"][0]["livenessProb"] = {}
    assert "livenessProb" in wrong(deployment)[0]


def test_kustomize_finds_every_file() -> None:
    kustomization = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    apart = {"kustomization.yaml", "secret.example.yaml"}
    assert set(kustomization["resources"]) == {path.name for path in BASE.glob("*.yaml")} - apart
    (generator,) = kustomization["configMapGenerator"]
    assert all((BASE / name).is_file() for name in generator["envs"])


@pytest.mark.parametrize("path", [p for p in K8S.glob("*/kustomization.yaml") if p.parent != BASE], ids=str)
def test_overlays_change_what_is_there(path: Path) -> None:
    overlay = yaml.safe_load(path.read_text())
    assert all((path.parent / name).exists() for name in overlay["resources"])
    (image,) = yaml.safe_load((BASE / "kustomization.yaml").read_text())["images"]
    assert [changed["name"] for changed in overlay["images"]] == [image["newName"]]
    for patch in overlay["patches"]:
        targets = of_kind(patch["target"]["kind"])
        name = patch["target"].get("name")
        assert name is None or name in {item["metadata"]["name"] for item in targets}
        for step in yaml.safe_load((path.parent / patch["path"]).read_text()):
            changed = next(item for item in targets if name in (None, item["metadata"]["name"]))
            add(changed, step)
            assert wrong(changed) == []


def add(item: dict[str, Any], step: dict[str, Any]) -> None:
    """One `add` of a JSON patch (RFC 6902)."""
    assert step["op"] == "add"
    *way, last = (part.replace("~1", "/") for part in step["path"].split("/")[1:])
    place: Any = item
    for part in way:
        place = place[int(part)] if isinstance(place, list) else place[part]
    if isinstance(place, list):
        assert last == "-"
        place.append(step["value"])
    else:
        place[last] = step["value"]


def test_kubernetes_runs_every_service_guarded() -> None:
    runs = set()
    for item in of_kind("Deployment"):
        pod = item["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        word, service = container["args"]
        assert word == "run"
        runs.add(service)
        assert item["metadata"]["name"] == service.replace("_", "-")
        assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert {"secretRef": {"name": "scout-secrets"}} in container["envFrom"]
    assert runs == RUNS


def test_every_queue_scales_the_service_that_answers_it() -> None:
    scaled = {
        trigger["metadata"]["queueName"].removeprefix("scout."): item["spec"]["scaleTargetRef"]["name"]
        for item in of_kind("ScaledObject")
        for trigger in item["spec"]["triggers"]
    }
    answering = {stage: service.name.replace("_", "-") for service in services() for stage in service.stages}
    assert answering.items() <= scaled.items()
    assert answering.keys() == {stage.name for stage in STAGES}
