"""Speaks HTTP with the endpoint of a vision-language model; its address is the operator's, so it may be private."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from scout_ocr.errors import EngineFailed, EngineUnavailable

LARGEST_ANSWER = 16 * 2**20
_REFUSED = (400, 401, 403, 404, 422)
"""Asking again would change nothing."""


def poster(key: str) -> Callable[[str, Mapping[str, Any], float], Mapping[str, Any]]:
    """What scout_ocr.engines.vlm posts with; key: bearer token, "" for none."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    def post(url: str, body: Mapping[str, Any], timeout_s: float) -> Mapping[str, Any]:
        try:
            answer = httpx.post(url, json=dict(body), headers=headers, timeout=timeout_s)
        except httpx.TimeoutException as error:
            raise EngineFailed(f"the model's endpoint gave no answer in {timeout_s:g} s: {url}") from error
        except httpx.HTTPError as error:
            hint = "is SCOUT_VLM_URL right, the server up?"
            raise EngineUnavailable(f"the model's endpoint cannot be reached: {url}: {error}", hint=hint) from error
        if answer.status_code in _REFUSED:
            hint = "are SCOUT_VLM_URL, SCOUT_VLM_MODEL and SCOUT_VLM_KEY right?"
            said = answer.text[:200]
            raise EngineUnavailable(f"the model's endpoint answers {answer.status_code}: {said}", hint=hint)
        return _object(answer, url)

    return post


def _object(answer: httpx.Response, url: str) -> Mapping[str, Any]:
    if not answer.is_success or len(answer.content) > LARGEST_ANSWER:
        raise EngineFailed(f"the model's endpoint answers {answer.status_code} with {len(answer.content)} bytes: {url}")
    try:
        said = answer.json()
    except (ValueError, RecursionError) as error:
        raise EngineFailed(f"the model's endpoint answers with no JSON: {url}") from error
    if not isinstance(said, dict):
        raise EngineFailed(f"the model's endpoint answers with no object: {url}")
    return said
