"""Decides what a catalogue becomes: products, their pictures, the work on each picture, a word on what is wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scout_common.assets import Asset
from scout_common.errors import PermanentError
from scout_common.ids import product_id
from scout_common.work import Batch, Child, Issue
from scout_contracts.events import ProductsCollectRequest, ProductsImagesReady
from scout_contracts.stages import CATALOGUE_SCOPE

from services.catalog.rows import Catalogue, Problem, ProductRow

PRODUCTS_PER_COMMIT = 50
MOST_ISSUES = 500
"""A file that is wrong throughout says so often enough."""
LONGEST_MESSAGE = 300
_QUOTED = 10
_EMPTY_HINT = (
    "A table needs a row with a sku per product; in a folder, pictures are named sku.jpg or lie in a folder sku."
)
_STAGES = ("keypoint_product", "embedding", "product_text")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A picture as it is stored: upright, opaque, trimmed. `warnings`: (kind, message)."""

    asset: Asset
    width: int
    height: int
    warnings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """Why there is no picture."""

    message: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class CatalogueBegins:
    """Forget what an earlier attempt listed for this job."""


@dataclass(frozen=True, kw_only=True)
class ProductListed:
    """A product of the job's catalogue."""

    id: str
    row: ProductRow


@dataclass(frozen=True, kw_only=True)
class ProductPicture:
    """The picture at `position` (from 0) of a product."""

    product_id: str
    position: int
    source: str
    prepared: Prepared


Row = CatalogueBegins | ProductListed | ProductPicture


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """`name` of the catalogue for messages; `prepare` brings the pictures of several sources, in their order."""

    name: str
    tenant_id: str
    catalogue: Catalogue
    prepare: Callable[[Sequence[str]], list[Prepared | Unusable]]


@dataclass
class _Batches:
    """Turns rows into batches; remembers which product showed a picture first."""

    inputs: Inputs
    named_somewhere: bool  # some product names a picture; where none does, one word on the file is enough
    owners: dict[str, str] = field(default_factory=dict)  # image sha256 -> sku

    def batch(self, products: Sequence[ProductRow]) -> Batch:
        rows: list[Row] = []
        children: list[Child] = []
        issues: list[Issue] = []
        sources = list(dict.fromkeys(source for product in products for source in product.images))
        found = dict(zip(sources, self.inputs.prepare(sources), strict=True))
        for product in products:
            ident = product_id(self.inputs.tenant_id, product.sku)
            rows.append(ProductListed(id=ident, row=product))
            pictures, wrong = self._pictures(product, ident, found)
            issues += wrong
            for picture in pictures:
                rows.append(picture)
                children += self._work(picture, product, issues)
        return Batch(rows=tuple(rows), children=tuple(children), issues=tuple(issues))

    def _pictures(
        self, product: ProductRow, ident: str, prepared: Mapping[str, Prepared | Unusable]
    ) -> tuple[list[ProductPicture], list[Issue]]:
        """The product's usable pictures, each once, and what is wrong with them or the others."""
        kept: dict[str, ProductPicture] = {}
        issues: list[Issue] = []
        for source in product.images:
            found = prepared[source]
            if isinstance(found, Unusable):
                issues.append(self._issue("error", product, f"{shorten(source, 150)}: {found.message}", found.hint))
                continue
            issues += [self._issue("warning", product, f"{shorten(source, 150)}: {text}") for _, text in found.warnings]
            picture = ProductPicture(product_id=ident, position=len(kept), source=source, prepared=found)
            kept.setdefault(found.asset.sha256, picture)
        if not product.images and self.named_somewhere:
            issues.append(self._issue("error", product, f"{product.sku!r} names no picture: it cannot be found"))
        return list(kept.values()), issues

    def _work(self, picture: ProductPicture, product: ProductRow, issues: list[Issue]) -> Iterator[Child]:
        sha256 = picture.prepared.asset.sha256
        owner = self.owners.setdefault(sha256, product.sku)
        if owner != product.sku:
            text = (
                f"{picture.source}: the same picture as that of {owner!r}; the two products cannot be told apart by it"
            )
            issues.append(self._issue("warning", product, text, "Give each product a picture of its own."))
            return
        event = ProductsImagesReady(product_id=picture.product_id, image_sha256=sha256)
        for stage in _STAGES:
            yield Child(stage=stage, key=sha256, event=event, scope=CATALOGUE_SCOPE)

    def _issue(self, severity: str, product: ProductRow, message: str, hint: str = "") -> Issue:
        return _issue(severity, f"{self.inputs.name}, {product.where}", message, hint)


def handle(event: ProductsCollectRequest, inputs: Inputs) -> Iterator[Batch]:
    """List the catalogue's products and ask for the work on their pictures, some products at a time.

    With `strict` nothing is listed unless everything is right: raises PermanentError with the first errors.
    """
    wrong = _file_issues(inputs)
    if event.strict:
        _refuse(inputs.name, wrong)
    batches = _capped(_batches(inputs, wrong), inputs.name)
    if event.strict:
        whole = list(batches)
        _refuse(inputs.name, [issue for batch in whole for issue in batch.issues if issue.severity == "error"])
        batches = iter(whole)
    yield from batches


def _batches(inputs: Inputs, wrong: Sequence[Issue]) -> Iterator[Batch]:
    yield Batch(rows=(CatalogueBegins(),), issues=tuple(wrong))
    rows = inputs.catalogue.rows
    state = _Batches(inputs, named_somewhere=any(row.images for row in rows))
    for start in range(0, len(rows), PRODUCTS_PER_COMMIT):
        yield state.batch(rows[start : start + PRODUCTS_PER_COMMIT])


def _file_issues(inputs: Inputs) -> list[Issue]:
    """What is wrong with the file itself and with rows that could not be understood."""
    catalogue = inputs.catalogue
    problems = list(catalogue.problems)
    if not catalogue.rows:
        problems.append(Problem(message="the catalogue holds no products", hint=_EMPTY_HINT))
    elif not any(row.images for row in catalogue.rows):
        hint = "Name their paths or addresses in the column 'image'."
        problems.append(Problem(message="no product names a picture: nothing can be found", hint=hint))
    return [
        _issue(problem.severity, ", ".join(filter(None, (inputs.name, problem.where))), problem.message, problem.hint)
        for problem in problems
    ]


def _issue(severity: str, subject: str, message: str, hint: str) -> Issue:
    # Both are part of a key in the database: bounded, and text whatever a file's name was made of.
    subject, message = (
        shorten(text.encode("utf-8", "replace").decode(), LONGEST_MESSAGE) for text in (subject, message)
    )
    return Issue(severity=severity, subject=subject, message=message, hint=hint.encode("utf-8", "replace").decode())


def shorten(text: str, longest: int) -> str:
    """The text, its middle left out where it is too long: an address is known by both its ends."""
    half = (longest - 5) // 2
    return text if len(text) <= longest else f"{text[:half]} ... {text[-half:]}"


def _refuse(name: str, wrong: Sequence[Issue]) -> None:
    if not wrong:
        return
    first = "; ".join(f"{issue.subject.removeprefix(f'{name}, ')}: {issue.message}" for issue in wrong[:_QUOTED])
    more = f"; and {len(wrong) - _QUOTED} more" if len(wrong) > _QUOTED else ""
    raise PermanentError(
        f"{len(wrong)} {'problem' if len(wrong) == 1 else 'problems'}, so nothing was loaded: {first}{more}",
        subject=name,
        hint="Correct them, or start again without strict: then the good rows are loaded.",
    )


def _capped(batches: Iterator[Batch], name: str) -> Iterator[Batch]:
    left, hidden = MOST_ISSUES, 0
    for batch in batches:
        shown = batch.issues[:left]
        left -= len(shown)
        hidden += len(batch.issues) - len(shown)
        yield replace(batch, issues=shown)
    if hidden:
        text = f"{hidden} further problems are not listed"
        yield Batch(issues=(Issue(severity="warning", subject=name, message=text),))
