"""Deterministic ids: whoever computes one again, on any machine, meets the row that is there."""

from uuid import UUID, uuid5

NAMESPACE = UUID("6f0b6c1e-4f0a-5f0e-9a55-5c0074ade500")
"""Of all ids of this project (RFC 9562, version 5). Changing it makes every stored row a stranger."""


def product_id(tenant_id: str, sku: str) -> str:
    """Id of a product: one per tenant and sku."""
    return _id("product", tenant_id, sku)


def medium_id(tenant_id: str, sha256: str) -> str:
    """Id of a video or photo: one per tenant and content."""
    return _id("medium", tenant_id, sha256)


def match_id(job_id: str, medium_id: str, what: str, start_ms: int) -> str:
    """Id of a sighting; `what` is its product id, or the sorted product ids of an honest tie joined by `+`."""
    return _id("match", job_id, medium_id, what, str(start_ms))


def reading_id(tenant_id: str, sha256: str, options: str, version: str) -> str:
    """Id of what was read: one per tenant, content, options (their hash) and version of the reader."""
    return _id("reading", tenant_id, sha256, options, version)


def review_id(tenant_id: str, sha256: str, page: int, field: str, reader: str) -> str:
    """Id of a value for a person to look at: one per tenant, file, page, field and reader (with its version)."""
    return _id("review", tenant_id, sha256, str(page), field, reader)


def proposal_id(tenant_id: str, key: str) -> str:
    """Id of a product that labels speak of: one per tenant and key."""
    return _id("proposal", tenant_id, key)


def company_id(tenant_id: str, name: str) -> str:
    """Id of a company: one per tenant and folded name."""
    return _id("company", tenant_id, name)


def booth_id(tenant_id: str, grounds: str, hall: str, number: str) -> str:
    """Id of a booth: one per show (or job without a show), hall and number."""
    return _id("booth", tenant_id, grounds, hall, number)


def _id(*parts: str) -> str:
    # The length before each part: ("a/b", "c") and ("a", "b/c") stay two things.
    return str(uuid5(NAMESPACE, "/".join(f"{len(part)}:{part}" for part in parts)))
