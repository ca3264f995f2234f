"""Decides whether this version of the catalogue is indexed already, and indexes it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scout_common.work import Batch, Issue
from scout_contracts.events import FeaturesReady
from scout_vision.matching import CatalogueImage, CatalogueIndex


@dataclass(frozen=True, kw_only=True)
class VectorsReady:
    """Vectors of product pictures to be copied into the database: (N, D) float32, one row an image."""

    model: str
    images: Sequence[str]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class IndexReady:
    """The voting index of this catalogue version is stored (blob_key), or was before (None)."""

    catalogue_hash: str
    version: str
    blob_key: str | None
    products: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the store opened.

    products: how many products have a usable picture.
    stored: the index exists. vectors: those that the database lacks. images: everything the index is built from.
    """

    catalogue_hash: str
    version: str
    products: int
    stored: bool
    vectors: Callable[[], VectorsReady | None]
    images: Callable[[], list[CatalogueImage]]
    keep: Callable[[bytes], str]


def handle(event: FeaturesReady, inputs: Inputs) -> Iterator[Batch]:
    """Copy the vectors that are new, build the voting index unless this catalogue version has one."""
    vectors = inputs.vectors()
    if vectors is not None:
        yield Batch(rows=(vectors,))
    key, size = None, 0
    if not inputs.stored:
        data = CatalogueIndex.build(inputs.images(), seed=_seed(inputs.catalogue_hash)).to_bytes()
        key, size = inputs.keep(data), len(data)
    done = IndexReady(
        catalogue_hash=inputs.catalogue_hash, version=inputs.version, blob_key=key, products=inputs.products, bytes=size
    )
    yield Batch(rows=(done,), issues=_issues(inputs))


def _seed(catalogue_hash: str) -> int:
    """Random choices follow from the content, so that every run makes the same index."""
    return int(catalogue_hash[:8], 16) & 0x7FFFFFFF


def _issues(inputs: Inputs) -> tuple[Issue, ...]:
    if inputs.products:
        return ()
    return (
        Issue(
            severity="error",
            subject="catalogue",
            message="no product of the catalogue has a picture that can be searched for",
            hint="Give every product at least one picture; the other messages tell what was wrong with each.",
        ),
    )
