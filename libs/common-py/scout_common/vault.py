"""Sealed results and derived files: a data key for each job or backfill, in the table data_key, wrapped by the master.

Without a master key nothing is sealed, and what was stored openly stays readable with one.
"""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, text

from scout_common.errors import NotInstalled
from scout_common.sealing import (
    KeyMissing,
    KmsMaster,
    Master,
    MasterKeys,
    SealBroken,
    Successive,
    key_of,
    new_key,
    read_key_file,
    read_keys,
    seal,
    unseal,
)
from scout_common.settings import Settings

SEALED = "sealed"
"""The only member of a sealed JSON value."""
_REMEMBERED = 512

ADD_KEY = text("""
    INSERT INTO data_key (id, tenant_id, owner_id, master, wrapped)
    VALUES (:id, :tenant, :owner, :master, :wrapped) ON CONFLICT (tenant_id, owner_id) DO NOTHING
""")
KEY_OF_OWNER = text("SELECT id, master, wrapped FROM data_key WHERE tenant_id = :tenant AND owner_id = :owner")
KEY_BY_ID = text("SELECT id, master, wrapped FROM data_key WHERE id = :id")
OTHER_MASTERS = text(
    "SELECT id, master, wrapped FROM data_key WHERE master <> :master ORDER BY id LIMIT 500 FOR UPDATE"
)
REWRAP = text("UPDATE data_key SET master = :master, wrapped = :wrapped WHERE id = :id")


class Vault:
    """Seals and opens. One per process; data keys it has opened are remembered."""

    def __init__(self, master: Master | None) -> None:
        self._master = master
        self._opened: dict[UUID, bytes] = {}

    @staticmethod
    def of(settings: Settings) -> "Vault":
        """The vault that the settings ask for. Raises BadRequest (no usable key), NotInstalled (boto3)."""
        return Vault(master_of(settings))

    @property
    def seals(self) -> bool:
        """Whether what is stored from now on is sealed."""
        return self._master is not None

    def seal_json(self, connection: Connection, tenant: str, owner: str | UUID, context: str, value: Any) -> Any:
        """The value as it is to be stored: sealed, or as it is without a master key. None stays None."""
        if self._master is None or value is None:
            return value
        data = json.dumps(value, separators=(",", ":")).encode()
        return {SEALED: base64.b64encode(self.seal(connection, tenant, owner, context, data)).decode()}

    def open_json(self, connection: Connection, context: str, value: Any) -> Any:
        """The value that was stored. Raises KeyMissing, SealBroken."""
        if not (isinstance(value, dict) and value.keys() == {SEALED}):
            return value
        return json.loads(self.open(connection, context, base64.b64decode(value[SEALED])))

    def seal(self, connection: Connection, tenant: str, owner: str | UUID, context: str, data: bytes) -> bytes:
        """The bytes as they are to be stored."""
        if self._master is None:
            return data
        ident, key = self._key_for(connection, tenant, owner)
        return seal(data, key, ident, context)

    def open(self, connection: Connection, context: str, data: bytes) -> bytes:
        """The bytes that were stored. Raises KeyMissing, SealBroken."""
        ident = key_of(data)
        if ident is None:
            return data
        if ident not in self._opened:
            self._remember(ident, self._unwrapped(connection.execute(KEY_BY_ID, {"id": ident}).first(), context))
        return unseal(data, self._opened[ident], context)

    def rotate(self, connection: Connection) -> int:
        """Wrap up to 500 data keys anew that are not under the current master key; how many. Content stays as it is."""
        if self._master is None:
            raise KeyMissing("there is no master key to change to")
        rows = connection.execute(OTHER_MASTERS, {"master": self._master.current}).all()
        for row in rows:
            wrapped = self._master.wrap(self._unwrapped(row, str(row.id)), str(row.id))
            connection.execute(REWRAP, {"id": row.id, "master": self._master.current, "wrapped": wrapped})
        return len(rows)

    def _key_for(self, connection: Connection, tenant: str, owner: str | UUID) -> tuple[UUID, bytes]:
        """The owner's data key, made where there is none. By the row each time: it may have been rolled back."""
        assert self._master is not None
        asked = {"tenant": tenant, "owner": owner}
        row = connection.execute(KEY_OF_OWNER, asked).first()
        if row is None:
            ident, key = uuid4(), new_key()
            wrapped = self._master.wrap(key, str(ident))
            connection.execute(ADD_KEY, {**asked, "id": ident, "master": self._master.current, "wrapped": wrapped})
            row = connection.execute(KEY_OF_OWNER, asked).one()
        if row.id not in self._opened:
            self._remember(row.id, self._unwrapped(row, str(owner)))
        return row.id, self._opened[row.id]

    def _unwrapped(self, row: Any, subject: str) -> bytes:
        if row is None:
            raise SealBroken("its data key was deleted, with the job it belonged to", subject=subject)
        if self._master is None:
            raise KeyMissing(f"it is sealed under master key {row.master}, and no key is given", subject=subject)
        return self._master.unwrap(row.master, bytes(row.wrapped), str(row.id))

    def _remember(self, ident: UUID, key: bytes) -> None:
        if len(self._opened) >= _REMEMBERED:
            self._opened.clear()
        self._opened[ident] = key


def with_vault(engine: Engine, settings: Settings) -> Engine:
    """The engine, whose connections know how to seal and what is doubtful: who saves rows has a connection alone."""
    return engine.execution_options(scout_vault=Vault.of(settings), scout_settings=settings)


def settings_of(connection: Connection) -> Settings:
    """The settings of a connection; of one that says nothing, those of nobody's environment."""
    settings = connection.get_execution_options().get("scout_settings")
    return settings if isinstance(settings, Settings) else Settings.model_construct()


def vault_of(database: Connection | Engine) -> Vault:
    """The vault of a connection or engine; of one that says nothing, a vault that seals nothing."""
    vault = database.get_execution_options().get("scout_vault")
    return vault if isinstance(vault, Vault) else Vault(None)


def master_of(settings: Settings) -> Master | None:
    """The master key by the settings; None: nothing is sealed. Connects to nothing yet."""
    own = _own_keys(settings)
    if not settings.kms_key:
        return own
    kms = KmsMaster(_kms(settings.kms_endpoint_url), settings.kms_key)
    return kms if own is None else Successive(kms, own)


def _own_keys(settings: Settings) -> MasterKeys | None:
    if settings.master_key:
        return MasterKeys(read_keys(settings.master_key.get_secret_value(), "SCOUT_MASTER_KEY"))
    if settings.master_key_file:
        return MasterKeys(read_key_file(Path(settings.master_key_file)))
    return None


def _kms(endpoint_url: str) -> Any:
    try:
        import boto3
    except ModuleNotFoundError as error:
        raise NotInstalled("SCOUT_KMS_KEY needs the package boto3", hint="pip install -e '.[s3]'") from error
    return boto3.session.Session().client("kms", endpoint_url=endpoint_url or None)
