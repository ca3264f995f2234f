from collections.abc import Sequence

import pytest
from scout_common.assets import Asset
from scout_common.errors import PermanentError
from scout_common.ids import product_id
from scout_common.work import Batch, Issue
from scout_contracts.events import ProductsCollectRequest, ProductsImagesReady

from services.catalog.handler import (
    LONGEST_MESSAGE,
    MOST_ISSUES,
    PRODUCTS_PER_COMMIT,
    CatalogueBegins,
    Inputs,
    Prepared,
    ProductListed,
    ProductPicture,
    Unusable,
    handle,
)
from services.catalog.rows import Catalogue, Problem, ProductRow


def prepare(sources: Sequence[str]) -> list[Prepared | Unusable]:
    """A picture's content is its name without the folder; `missing` ones are missing, `poor` ones warned about."""
    found: list[Prepared | Unusable] = []
    for source in sources:
        content = source.rpartition("/")[2]
        asset = Asset(sha256=f"sha-{content}", media_type="image/jpeg", bytes=1)
        poor = (("small", "only 9 x 9 pixels"),) if "poor" in source else ()
        missing = Unusable(message="there is no such file", hint="Look again.")
        found.append(missing if "missing" in source else Prepared(asset=asset, width=9, height=9, warnings=poor))
    return found


def product(line: int, *images: str, sku: str = "") -> ProductRow:
    return ProductRow(where=f"line {line}", position=line, sku=sku or f"A{line}", title="x", images=images)


def run(*rows: ProductRow, problems: tuple[Problem, ...] = (), strict: bool = False) -> list[Batch]:
    catalogue = Catalogue(rows=rows, problems=problems)
    inputs = Inputs(name="c.csv", tenant_id="default", catalogue=catalogue, prepare=prepare)
    return list(handle(ProductsCollectRequest(source="/c.csv", strict=strict), inputs))


def issues(batches: list[Batch]) -> list[Issue]:
    return [issue for batch in batches for issue in batch.issues]


def pictures(batches: list[Batch]) -> list[ProductPicture]:
    return [row for batch in batches for row in batch.rows if isinstance(row, ProductPicture)]


def test_products_their_pictures_and_the_work_on_them() -> None:
    batches = run(product(2, "a", "b"), product(3, "c"))
    assert isinstance(batches[0].rows[0], CatalogueBegins)
    listed = [row.id for row in batches[1].rows if isinstance(row, ProductListed)]
    assert listed == [product_id("default", "A2"), product_id("default", "A3")]
    assert [(p.product_id == listed[0], p.position, p.source) for p in pictures(batches)] == [
        (True, 0, "a"),
        (True, 1, "b"),
        (False, 0, "c"),
    ]
    assert [(child.stage, child.key, child.scope) for child in batches[1].children[:4]] == [
        ("keypoint_product", "sha-a", "catalogue"),
        ("embedding", "sha-a", "catalogue"),
        ("product_text", "sha-a", "catalogue"),
        ("keypoint_product", "sha-b", "catalogue"),
    ]
    assert batches[1].children[0].event == ProductsImagesReady(product_id=listed[0], image_sha256="sha-a")
    assert issues(batches) == []


def test_work_is_committed_some_products_at_a_time() -> None:
    batches = run(*(product(line, f"p{line}") for line in range(2, 2 * PRODUCTS_PER_COMMIT + 3)))
    assert [len(batch.children) for batch in batches] == [0, 3 * PRODUCTS_PER_COMMIT, 3 * PRODUCTS_PER_COMMIT, 3]


def test_one_bad_picture_costs_only_itself() -> None:
    batches = run(product(2, "missing", "a"), product(3, "poor"))
    assert [(p.position, p.source) for p in pictures(batches)] == [(0, "a"), (0, "poor")]
    missing, poor = issues(batches)
    assert (missing.severity, missing.subject) == ("error", "c.csv, line 2")
    assert "missing: there is no such file" in missing.message
    assert (poor.severity, poor.subject) == ("warning", "c.csv, line 3")


def test_a_product_without_any_picture_is_listed_and_named() -> None:
    batches = run(product(2, "a"), product(3))
    assert sum(isinstance(row, ProductListed) for row in batches[1].rows) == 2
    assert [(issue.severity, issue.subject) for issue in issues(batches)] == [("error", "c.csv, line 3")]


def test_a_catalogue_without_pictures_says_so_once() -> None:
    assert [issue.subject for issue in issues(run(product(2), product(3)))] == ["c.csv"]


def test_the_same_picture_twice_in_a_product_counts_once() -> None:
    batches = run(product(2, "x/a", "y/a"))
    assert len(pictures(batches)) == 1
    assert issues(batches) == []


def test_the_same_picture_of_two_products_is_worked_on_once_and_said() -> None:
    batches = run(product(2, "x/a"), product(3, "y/a"))
    assert len(pictures(batches)) == 2
    assert len(batches[1].children) == 3
    assert "same picture as that of 'A2'" in issues(batches)[0].message


def test_zero_products_finish_and_say_so() -> None:
    batches = run()
    assert [issue.message for issue in issues(batches)] == ["the catalogue holds no products"]
    assert not any(batch.children for batch in batches)


def test_a_file_that_is_wrong_throughout_does_not_drown_the_job() -> None:
    problems = tuple(Problem(message="bad", where=f"line {line}") for line in range(MOST_ISSUES + 50))
    said = issues(run(product(2, "a"), problems=problems))
    assert len(said) == MOST_ISSUES + 1
    assert said[-1].message == "50 further problems are not listed"


def test_messages_fit_into_the_database_whatever_the_names_are() -> None:
    said = issues(run(product(2, "missing" + "x" * 1900), product(3, "missing\udce9")))
    for issue in said:
        assert len(issue.message) <= LONGEST_MESSAGE
        assert "no such file" in issue.message
        issue.message.encode("utf-8")


def test_strict_loads_all() -> None:
    assert run(product(2, "a"), product(3, "poor"), strict=True) == run(product(2, "a"), product(3, "poor"))


@pytest.mark.parametrize(
    ("rows", "problems", "message"),
    [
        ((product(2, "a"),), (Problem(message="the sku is empty", where="line 3"),), "line 3: the sku is empty"),
        ((product(2, "a"), product(3, "missing")), (), "line 3: missing: there is no such file"),
        ((), (), "no products"),
    ],
)
def test_strict_loads_nothing_if_anything_is_wrong(
    rows: tuple[ProductRow, ...], problems: tuple[Problem, ...], message: str
) -> None:
    with pytest.raises(PermanentError, match=message):
        run(*rows, problems=problems, strict=True)


def test_strict_quotes_the_first_problems() -> None:
    problems = tuple(Problem(message="bad", where=f"line {line}") for line in range(2, 30))
    with pytest.raises(PermanentError, match=r"28 problems.*line 11: bad; and 18 more") as caught:
        run(product(2, "a"), problems=problems, strict=True)
    assert "line 12" not in caught.value.message
