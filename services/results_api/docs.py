"""The OpenAPI document as a page shows it: operations by tag, with parameters and an example."""

import json
from dataclasses import dataclass
from typing import Any

from services.results_api.curl import command

METHODS = ("options", "head", "get", "post", "patch", "put", "delete")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path; `example` is the JSON it answers with, `body` the JSON it takes, `curl` asks it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[dict[str, Any], ...]
    body: str
    example: str
    curl: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """The operations of a tag."""

    name: str
    description: str
    operations: tuple[Operation, ...]


def groups_of(document: dict[str, Any], server: str) -> list[Group]:
    """Operations grouped in the order of the document's tags. server: where their commands ask, `http://host:port`."""
    found = [
        (operation.get("tags", [""])[0], _operation(document, server, method, path, operation))
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]
    return [
        Group(
            name=tag["name"],
            description=tag.get("description", ""),
            operations=tuple(operation for name, operation in found if name == tag["name"]),
        )
        for tag in document.get("tags", [])
    ]


def _operation(document: dict[str, Any], server: str, method: str, path: str, operation: dict[str, Any]) -> Operation:
    answers = (answer for status, answer in operation["responses"].items() if status.startswith("2"))
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=tuple(_parameter(parameter) for parameter in operation.get("parameters", ())),
        body=_example(document, operation.get("requestBody", {})),
        example=_example(document, next(answers, {})),
        curl=command(server, method.upper(), path, operation, _told(document, operation.get("requestBody", {}))),
    )


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    schema = parameter["schema"]
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    kinds = [" | ".join(map(str, option["enum"])) if "enum" in option else _kind(option) for option in options]
    return {
        "name": parameter["name"],
        "place": parameter["in"],
        "kind": " or ".join(kinds),
        "required": parameter.get("required", False),
        "default": schema.get("default"),
        "description": parameter.get("description") or schema.get("description") or "",
    }


def _kind(schema: dict[str, Any]) -> str:
    return str(schema.get("format") or schema.get("type") or "any")


def _example(document: dict[str, Any], holder: dict[str, Any]) -> str:
    """The example of a body or answer as JSON text, '' where it has none."""
    found = _told(document, holder)
    return "" if found is None else json.dumps(found, indent=2, ensure_ascii=False)


def _told(document: dict[str, Any], holder: dict[str, Any]) -> Any:
    return example_of(document, holder.get("content", {}).get("application/json", {}).get("schema", {}))


def example_of(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """A schema's own example; a list's is made of its items', with its other members."""
    if "$ref" in schema:
        schema = document["components"]["schemas"].get(schema["$ref"].rsplit("/", 1)[1], {})
    if "example" in schema or "examples" in schema:
        return schema["example"] if "example" in schema else schema["examples"][0]
    members = schema.get("properties", {})
    items = members.get("items", {}).get("items")
    example = None if items is None else example_of(document, items)
    if example is None:
        return None
    others = {name: example_of(document, member) for name, member in members.items() if name not in ("items", "next")}
    return {"items": [example], **others} | ({"next": None} if "next" in members else {})
