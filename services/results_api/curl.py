"""Each operation of the OpenAPI document as a curl command, for the page that shows it."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

TYPE = {"text/csv": ("exhibitors.csv", "--data-binary"), "application/offset+octet-stream": ("part", "--data-binary")}
FILES = ("label.jpg", "scan.pdf")
_BINARY = ("image/", "application/octet-stream", "application/zip", "video/")


def command(server: str, method: str, path: str, operation: Mapping[str, Any], body: Any) -> str:
    """A command that runs as it stands, once the shell knows what `$JOB` and its like are. server: where Scout answers,
    without a slash at its end. body: the example of the JSON it takes, None where it takes none. A list's parameters
    are left out unless they are required."""
    words = ["curl", *_method(method), *_output(operation), *_headers(operation), *_body(operation, body)]
    return " ".join([*words, _address(server, path, operation)])


def _method(method: str) -> list[str]:
    if method == "HEAD":
        return ["-I"]
    return [] if method == "GET" else ["-X", method]


def _output(operation: Mapping[str, Any]) -> list[str]:
    """Streams are shown as they come; what a terminal cannot show goes to a file."""
    types = [kind for status, answer in operation["responses"].items() if status.startswith("2")
             for kind in answer.get("content", {})]  # fmt: skip
    if "text/event-stream" in types:
        return ["-N"]
    return ["-o", "answer"] if types and all(kind.startswith(_BINARY) for kind in types) else []


def _headers(operation: Mapping[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header" and parameter.get("required"):
            yield from ("-H", shlex.quote(f"{parameter['name']}: {_value(parameter)}"))


def _body(operation: Mapping[str, Any], body: Any) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if form := content.get("multipart/form-data"):
        return _files(form["schema"].get("properties", {}))
    if body is not None:
        return ["-H", "'content-type: application/json'", "-d", shlex.quote(json.dumps(body, ensure_ascii=False))]
    for kind, (file, option) in TYPE.items():
        if kind in content:
            return ["-H", f"'content-type: {kind}'", option, f"@{file}"]
    return []


def _files(properties: Mapping[str, Any]) -> list[str]:
    """One file for each field that takes one; two where it takes several."""
    words = []
    for name, schema in properties.items():
        if schema.get("format") == "binary":
            words += ["-F", f"{name}=@{FILES[0]}"]
        elif schema.get("items", {}).get("format") == "binary":
            words += [word for file in FILES for word in ("-F", f"{name}=@{file}")]
    return words


def _address(server: str, path: str, operation: Mapping[str, Any]) -> str:
    asked = "&".join(
        f"{parameter['name']}={_value(parameter)}"
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and parameter.get("required")
    )
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            name = parameter["name"]
            path = path.replace(f"{{{name}}}", f"${name.upper()}")
    whole = f"{server}{path}" + (f"?{asked}" if asked else "")
    return f'"{whole}"' if asked else whole


def _value(parameter: Mapping[str, Any]) -> str:
    """Its first example, as an address writes it."""
    examples = parameter["schema"].get("examples") or [parameter.get("example", f"${parameter['name'].upper()}")]
    return str(examples[0]).replace(" ", "+") if parameter["in"] == "query" else str(examples[0])
