"""Envelope encryption: content under a data key (AES-256-GCM, NIST SP 800-38D), data keys under a master key.

A sealed text is `SCOUTENC`, one byte of version, 16 bytes of the data key's id, 12 random bytes of nonce, then
ciphertext and tag. Head and context are authenticated: what was sealed as one thing never opens as another.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scout_common.errors import BadRequest, PermanentError, TransientError

MAGIC = b"SCOUTENC\x01"
NONCE = 12
_HEAD = len(MAGIC) + 16
KEY_BYTES = 32


class KeyMissing(TransientError):
    """The master key that this was sealed under is not there. With it, trying again helps."""

    default_hint = "give it in SCOUT_MASTER_KEY_FILE (older keys after the newest one) or SCOUT_KMS_KEY"


class SealBroken(PermanentError):
    """What was stored sealed does not open: it was damaged, exchanged, or sealed under another key."""

    default_hint = "restore the row or file and the master key of the same time from a backup, or read the file again"


class KmsUnavailable(TransientError):
    """The key management service does not answer."""

    default_hint = "are SCOUT_KMS_KEY, SCOUT_KMS_ENDPOINT_URL and the AWS_... credentials right?"


class Master(Protocol):
    """What wraps data keys."""

    @property
    def current(self) -> str:
        """Name of the key that wraps new data keys."""

    def wrap(self, data_key: bytes, context: str) -> bytes:
        """Wrap under the current key. Raises KmsUnavailable."""

    def unwrap(self, name: str, wrapped: bytes, context: str) -> bytes:
        """Unwrap what the key of that name wrapped. Raises KeyMissing, SealBroken, KmsUnavailable."""


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_BYTES)


def seal(data: bytes, key: bytes, key_id: UUID, context: str) -> bytes:
    """Seal under a data key; `context` says what it is, and has to be said again to open it."""
    head, nonce = MAGIC + key_id.bytes, os.urandom(NONCE)
    return head + nonce + AESGCM(key).encrypt(nonce, data, head + context.encode())


def key_of(sealed: bytes) -> UUID | None:
    """Id of the data key; None where the bytes are not sealed."""
    if not sealed.startswith(MAGIC) or len(sealed) < _HEAD + NONCE + 16:
        return None
    return UUID(bytes=sealed[len(MAGIC) : _HEAD])


def unseal(sealed: bytes, key: bytes, context: str) -> bytes:
    """What was sealed. Raises SealBroken."""
    head, nonce = sealed[:_HEAD], sealed[_HEAD : _HEAD + NONCE]
    try:
        return AESGCM(key).decrypt(nonce, sealed[_HEAD + NONCE :], head + context.encode())
    except InvalidTag:
        raise SealBroken(subject=context) from None


class MasterKeys:
    """Master keys of our own, newest first; each is named by its fingerprint, so that a wrong one is noticed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_fingerprint(key): key for key in keys}
        self._current = _fingerprint(keys[0])

    @property
    def current(self) -> str:
        return self._current

    @property
    def names(self) -> tuple[str, ...]:
        """Of all keys, newest first."""
        return tuple(self._keys)

    def wrap(self, data_key: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self._keys[self._current]).encrypt(nonce, data_key, context.encode())

    def unwrap(self, name: str, wrapped: bytes, context: str) -> bytes:
        if name not in self._keys:
            have = ", ".join(self._keys)
            raise KeyMissing(f"it is sealed under master key {name}; there is only {have}", subject=context)
        try:
            return AESGCM(self._keys[name]).decrypt(wrapped[:NONCE], wrapped[NONCE:], context.encode())
        except InvalidTag:
            raise SealBroken("its data key does not open", subject=context) from None


class KmsMaster:
    """A key that never leaves a key management service; `client` is boto3's for KMS."""

    def __init__(self, client: Any, key: str) -> None:
        self._client = client
        self._key = key

    @property
    def current(self) -> str:
        return f"kms:{self._key}"

    def wrap(self, data_key: bytes, context: str) -> bytes:
        return bytes(self._ask("encrypt", KeyId=self._key, Plaintext=data_key, context=context)["CiphertextBlob"])

    def unwrap(self, name: str, wrapped: bytes, context: str) -> bytes:
        if not name.startswith("kms:"):
            raise KeyMissing(f"it is sealed under master key {name}, not by the KMS", subject=context)
        asked = {"KeyId": name.removeprefix("kms:"), "CiphertextBlob": wrapped}
        return bytes(self._ask("decrypt", **asked, context=context)["Plaintext"])

    def _ask(self, what: str, *, context: str, **asked: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client, what)(**asked, EncryptionContext={"scout": context})
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in {"NotFoundException", "DisabledException", "KMSInvalidStateException"}:
                raise KeyMissing(f"the KMS has no usable key {asked['KeyId']} ({code})", subject=context) from error
            if code in {"InvalidCiphertextException", "IncorrectKeyException"}:
                raise SealBroken(f"the KMS does not open its data key ({code})", subject=context) from error
            raise KmsUnavailable(f"the KMS answers {code or error}", subject=context) from error
        except BotoCoreError as error:
            raise KmsUnavailable(f"the KMS does not answer: {error}", subject=context) from error


class Successive:
    """A master that wraps, and an earlier one that still opens what it wrapped: the way from a file to a KMS."""

    def __init__(self, newest: Master, earlier: MasterKeys) -> None:
        self._newest, self._earlier = newest, earlier

    @property
    def current(self) -> str:
        return self._newest.current

    def wrap(self, data_key: bytes, context: str) -> bytes:
        return self._newest.wrap(data_key, context)

    def unwrap(self, name: str, wrapped: bytes, context: str) -> bytes:
        opener: Master = self._earlier if name in self._earlier.names else self._newest
        return opener.unwrap(name, wrapped, context)


def read_keys(text: str, source: str) -> list[bytes]:
    """Master keys, one base64 text of 32 bytes a line or between commas, newest first; `#` begins a remark.

    Raises BadRequest that names the line, never its content."""
    lines = [line.partition("#")[0].strip() for line in text.replace(",", "\n").splitlines()]
    keys = [_key(line, f"{source}, line {number}") for number, line in enumerate(lines, 1) if line]
    if not keys:
        raise BadRequest("there is no master key in it", subject=source, hint="`scout keys new FILE` makes one")
    return keys


def read_key_file(place: Path) -> list[bytes]:
    """The keys of a file. Raises BadRequest."""
    try:
        return read_keys(place.read_text(encoding="utf-8"), str(place))
    except (OSError, UnicodeDecodeError) as error:
        hint = "`scout keys new FILE` makes one; SCOUT_MASTER_KEY_FILE names it"
        raise BadRequest(f"the master keys cannot be read: {error}", subject=str(place), hint=hint) from error


def _key(line: str, where: str) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadRequest(
            "a master key is 32 bytes in base64", subject=where, hint="`scout keys new FILE` makes a good one"
        )
    return key


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"scout master key" + key).hexdigest()[:12]
