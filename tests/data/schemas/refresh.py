"""Make the schemas beside this file anew: `python tests/data/schemas/refresh.py FOLDER`, where FOLDER was filled by

pip install --target FOLDER --no-deps kubernetes-validate check-jsonschema cloudcoil cloudcoil-models-keda
"""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KUBERNETES = "v1.33.0"
KINDS = {
    "apps/v1": ("Deployment",),
    "batch/v1": ("CronJob", "Job"),
    "policy/v1": ("PodDisruptionBudget",),
    "v1": ("ConfigMap", "Namespace", "PersistentVolumeClaim", "Secret", "Service", "ServiceAccount"),
}


def main(installed: Path) -> None:
    _write("kubernetes.json", _kubernetes(installed / "kubernetes_validate" / "kubernetes-json-schema"))
    _write("keda.json", _keda(installed))
    shutil.copy(
        installed / "check_jsonschema" / "builtin_schemas" / "vendor" / "compose-spec.json", HERE / "compose-spec.json"
    )


def _kubernetes(root: Path) -> dict[str, Any]:
    """`kinds` by apiVersion/kind and the `$defs` they need, without the descriptions; unknown fields are refused."""
    folder = root / f"{KUBERNETES}-local-strict"
    definitions = json.loads((folder / "_definitions.json").read_text())["$defs"]
    kinds = {}
    for version, names in KINDS.items():
        group = "-".join((version.split("/")[0].split(".")[0], "v1")) if "/" in version else "v1"
        for name in names:
            schema = json.loads((folder / f"{name.lower()}-{group}.json").read_text())
            kinds[f"{version}/{name}"] = _plain(schema)
    needed: dict[str, Any] = {}
    names_left = _references(kinds)
    while names_left:
        name = names_left.pop()
        if name not in needed:
            needed[name] = _plain(definitions[name])
            names_left |= _references(needed[name])
    return {"kinds": kinds, "$defs": dict(sorted(needed.items()))}


def _keda(installed: Path) -> dict[str, Any]:
    sys.path.insert(0, str(installed))
    from cloudcoil.models.keda import v1alpha1  # type: ignore[import-not-found]

    made = {name: getattr(v1alpha1, name).model_json_schema() for name in ("ScaledObject", "TriggerAuthentication")}
    kinds, definitions = {}, {}
    for name, schema in made.items():
        definitions |= _plain(schema.pop("$defs"))
        kinds[f"keda.sh/v1alpha1/{name}"] = _plain(schema)
    for schema in (*kinds.values(), *definitions.values()):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return {"kinds": kinds, "$defs": definitions}


def _plain(node: Any) -> Any:
    """The schema without words for readers, its references into `#/$defs/`."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if key != "description" or isinstance(value, dict)}
    if isinstance(kept.get("$ref"), str):
        kept["$ref"] = re.sub(r"^.*#/(\$defs|definitions)/", "#/$defs/", kept["$ref"])
    return {key: _plain(value) for key, value in kept.items() if key not in ("$id", "$schema")}


def _references(node: Any) -> set[str]:
    return set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(node)))


def _write(name: str, schema: dict[str, Any]) -> None:
    (HERE / name).write_text(json.dumps(schema, separators=(",", ":"), sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
