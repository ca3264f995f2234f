"""What a job begins with."""

from services.orchestrator.handler import Found, Medium, roots

SPEC = {"catalogue": "c.csv", "media": [], "strict": True}


def test_one_unit_per_medium_and_scope() -> None:
    a, b = Medium(uri="/a.mp4", name="a.mp4"), Medium(uri="/b.jpg", name="b.jpg")
    children, issues = roots(SPEC, [Found(entry="x", media=(a, b)), Found(entry="/a.mp4", media=(a,))])
    assert [(child.stage, child.key, child.scope, child.state) for child in children] == [
        ("catalog", "c.csv", "catalogue", "pending"),
        ("vector_index", "catalogue", "catalogue", "waiting"),
        ("media_ingestion", "/a.mp4", "medium:/a.mp4", "pending"),
        ("media_ingestion", "/b.jpg", "medium:/b.jpg", "pending"),
        ("booths", "booths", "job", "waiting"),
    ]
    assert [child.stage for child in children if not child.blocking] == ["booths"]
    assert children[0].event.strict is True  # type: ignore[attr-defined]
    assert issues == []


def test_what_was_not_found_is_an_issue_and_costs_nothing_else() -> None:
    found = [
        Found(entry="/x", problem="There is no such file."),
        Found(entry="/a", media=(Medium(uri="/a", name="a"),)),
    ]
    children, issues = roots(SPEC, found)
    assert len(children) == 4
    assert [(issue.severity, issue.subject) for issue in issues] == [("error", "/x")]


def test_zero_media_says_so() -> None:
    children, issues = roots(SPEC, [])
    assert len(children) == 2
    assert issues[0].subject == "media"
