"""Results must be forgotten when the code that made them changes."""

import ast
from importlib.resources import files

from scout_vision.versions import UNRELATED, matcher_version


def imports_of(name):
    tree = ast.parse((files("scout_vision") / name).read_text("utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("scout_vision"):
            parts = node.module.split(".")
            found |= {f"{parts[1]}.py"} if len(parts) > 1 else {f"{alias.name}.py" for alias in node.names}
    return found


def test_nothing_that_matching_imports_is_called_unrelated():
    seen, todo = set(), {"matching.py"}
    while todo:
        name = todo.pop()
        seen.add(name)
        todo |= imports_of(name) - seen
    assert "voting.py" in seen
    assert not seen & set(UNRELATED)


def test_the_version_is_short_and_stable():
    assert matcher_version() == matcher_version()
    assert len(matcher_version()) == 12
