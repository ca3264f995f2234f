"""Webhooks: where they may go, how they are signed, how a receiver checks them.

The signature is HMAC-SHA256 (RFC 2104) over the time, a full stop and the body as it was sent, so that neither an
altered body nor an old message passes.
"""

import hashlib
import hmac
import time

from scout_common.errors import BadRequest
from scout_common.exchange import checked_url
from scout_common.network import UrlRefused

SIGNATURE = "X-Scout-Signature"
TIMESTAMP = "X-Scout-Timestamp"
DELIVERY = "X-Scout-Delivery"
LONGEST_ADDRESS = 2000


def checked_address(url: str) -> str:
    """The address as it was given. Raises BadRequest for what is no http(s) address; where it leads is seen later."""
    if len(url) > LONGEST_ADDRESS:
        raise BadRequest(f"a webhook's address has at most {LONGEST_ADDRESS} characters")
    try:
        checked_url(url)
    except UrlRefused as error:
        raise BadRequest(error.message, subject=error.subject, hint=error.hint) from error
    return url


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """`sha256=` and the hexadecimal signature."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def verify(secret: str, timestamp: str, signature: str, body: bytes, *, tolerance_s: float = 300.0) -> bool:
    """Whether a received webhook is genuine and fresh; what a receiver in Python would call."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp[:12])) > tolerance_s:
        return False
    return hmac.compare_digest(sign(secret, int(timestamp), body).encode(), signature.encode())
