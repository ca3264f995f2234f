"""What is stored sealed opens again with its keys, and with no others; the raw bytes say nothing."""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from scout_common.errors import BadRequest
from scout_common.sealing import (
    KeyMissing,
    KmsMaster,
    KmsUnavailable,
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
from scout_common.vault import Vault, master_of
from sqlalchemy import Engine, text

from tests.s3 import CREDENTIALS

SECRET = "Lindström & Søn, 1.234,50 kr"
OWNER = str(UUID(int=7))


@pytest.fixture
def kms() -> Iterator[tuple[object, str]]:
    """A key management service in this process, and the id of a key."""
    for name, value in CREDENTIALS.items():
        os.environ.setdefault(name, value)
    with mock_aws():
        client = boto3.client("kms", region_name="us-east-1")
        yield client, client.create_key()["KeyMetadata"]["KeyId"]


def test_the_raw_row_shows_nothing_and_opens_again(engine: Engine) -> None:
    vault = Vault(MasterKeys([new_key()]))
    with engine.begin() as connection:
        stored = vault.seal_json(connection, "default", OWNER, "reading/1", {"company": SECRET})
        connection.execute(
            text("INSERT INTO reading (id, sha256, options, version, result) VALUES (:id, 'a', 'b', 'c', :result)"),
            {"id": uuid4(), "result": json.dumps(stored)},
        )
    with engine.connect() as connection:
        raw = connection.execute(text("SELECT r::text FROM reading r")).scalar_one()
        keys = connection.execute(text("SELECT wrapped FROM data_key")).scalars().all()
        assert "Lindström" not in raw
        assert base64.b64decode(stored["sealed"]).find(b"Lindstr") < 0
        assert len(keys) == 1
        fresh = Vault(vault._master)
        assert fresh.open_json(connection, "reading/1", stored) == {"company": SECRET}


def test_each_owner_has_a_key_of_its_own_and_each_sealing_differs(engine: Engine) -> None:
    vault = Vault(MasterKeys([new_key()]))
    with engine.begin() as connection:
        one, again = (vault.seal(connection, "default", OWNER, "x", b"same") for _ in range(2))
        other = vault.seal(connection, "default", uuid4(), "x", b"same")
    assert one != again
    assert key_of(one) == key_of(again) != key_of(other)


def test_a_key_that_was_rolled_back_seals_nothing_later(engine: Engine) -> None:
    vault = Vault(MasterKeys([new_key()]))
    with engine.connect() as connection:
        vault.seal(connection, "default", OWNER, "x", b"1")
        connection.rollback()
        sealed = vault.seal(connection, "default", OWNER, "x", b"2")
        connection.commit()
        assert Vault(vault._master).open(connection, "x", sealed) == b"2"


def test_the_wrong_key_no_key_and_another_context_say_so(engine: Engine) -> None:
    with engine.begin() as connection:
        sealed = Vault(MasterKeys([new_key()])).seal(connection, "default", OWNER, "one", b"data")
        with pytest.raises(KeyMissing, match=r"sealed under master key .* there is only"):
            Vault(MasterKeys([new_key()])).open(connection, "one", sealed)
        with pytest.raises(KeyMissing, match=r"no key is given .*SCOUT_MASTER_KEY_FILE"):
            Vault(None).open(connection, "one", sealed)
        connection.execute(text("DELETE FROM data_key"))
        with pytest.raises(SealBroken, match="was deleted, with the job"):
            Vault(MasterKeys([new_key()])).open(connection, "one", sealed)


def test_without_a_master_key_everything_is_plain(engine: Engine) -> None:
    with engine.begin() as connection:
        plain = Vault(None)
        assert not plain.seals
        assert plain.seal(connection, "default", OWNER, "x", b"data") == b"data"
        assert plain.seal_json(connection, "default", OWNER, "x", {"a": 1}) == {"a": 1}
        with_key = Vault(MasterKeys([new_key()]))
        assert with_key.open(connection, "x", b"data") == b"data"
        assert with_key.open_json(connection, "x", {"a": 1}) == {"a": 1}


def test_rotation_needs_the_old_key_once_and_then_never_again(engine: Engine) -> None:
    old, new = new_key(), new_key()
    with engine.begin() as connection:
        sealed = [Vault(MasterKeys([old])).seal(connection, "default", uuid4(), "x", b"data") for _ in range(3)]
        both = Vault(MasterKeys([new, old]))
        assert both.rotate(connection) == 3
        assert both.rotate(connection) == 0
        assert [Vault(MasterKeys([new])).open(connection, "x", each) for each in sealed] == [b"data"] * 3
        with pytest.raises(KeyMissing):
            Vault(MasterKeys([old])).open(connection, "x", sealed[0])


def test_a_kms_wraps_the_data_keys_and_takes_over_from_a_file(engine: Engine, kms: tuple[object, str]) -> None:
    client, key = kms
    with engine.begin() as connection:
        vault = Vault(KmsMaster(client, key))
        sealed = vault.seal(connection, "default", OWNER, "x", b"data")
        assert Vault(KmsMaster(client, key)).open(connection, "x", sealed) == b"data"
        with pytest.raises(KeyMissing, match="sealed under master key kms:"):
            Vault(MasterKeys([new_key()])).open(connection, "x", sealed)


def test_data_keys_move_from_a_file_to_a_kms(engine: Engine, kms: tuple[object, str]) -> None:
    client, key = kms
    own = MasterKeys([new_key()])
    with engine.begin() as connection:
        sealed = Vault(own).seal(connection, "default", OWNER, "x", b"data")
        both = Vault(Successive(KmsMaster(client, key), own))
        assert both.open(connection, "x", sealed) == b"data"
        assert both.rotate(connection) == 1
        assert Vault(KmsMaster(client, key)).open(connection, "x", sealed) == b"data"


def test_a_kms_that_lost_the_key_or_does_not_answer_is_told(engine: Engine, kms: tuple[object, str]) -> None:
    client, _ = kms
    with engine.begin() as connection, pytest.raises(KeyMissing, match="no usable key"):
        Vault(KmsMaster(client, str(uuid4()))).seal(connection, "default", OWNER, "x", b"data")


def test_a_kms_that_is_away_is_told(engine: Engine) -> None:
    settings = Settings(_env_file=None, kms_key="alias/scout", kms_endpoint_url="http://127.0.0.1:9")
    for name, value in CREDENTIALS.items():
        os.environ.setdefault(name, value)
    with engine.begin() as connection, pytest.raises(KmsUnavailable, match="SCOUT_KMS_ENDPOINT_URL"):
        Vault.of(settings).seal(connection, "default", OWNER, "x", b"data")


@given(data=st.binary(max_size=300), flip=st.integers(0, 10_000), context=st.text(max_size=20))
def test_no_changed_bit_ever_opens(data: bytes, flip: int, context: str) -> None:
    key, ident = new_key(), uuid4()
    sealed = seal(data, key, ident, context)
    assert unseal(sealed, key, context) == data
    broken = bytearray(sealed)
    broken[flip % len(broken)] ^= 1 << flip % 8
    for changed, said in ((bytes(broken), context), (sealed, context + "x"), (sealed[:-1], context)):
        with pytest.raises(SealBroken):
            unseal(changed, key, said)


@given(st.binary(max_size=80))
def test_what_is_not_sealed_has_no_key(data: bytes) -> None:
    assert key_of(data) is None


@pytest.mark.parametrize("given", ["", "# nothing", "c2hvcnQ=", "not base64!", "A" * 44])
def test_what_is_no_key_is_refused_without_being_shown(given: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_keys(given, "SCOUT_MASTER_KEY")
    assert "SCOUT_MASTER_KEY" in str(caught.value)
    assert given not in str(caught.value) or not given


def test_keys_come_from_the_setting_or_a_file(tmp_path: Path) -> None:
    new, old = (base64.b64encode(new_key()).decode() for _ in range(2))
    (tmp_path / "keys").write_text(f"{new}  # 2026\n{old}\n")
    by_file = master_of(Settings(_env_file=None, master_key_file=str(tmp_path / "keys")))
    by_text = master_of(Settings(_env_file=None, master_key=f"{new},{old}"))
    assert isinstance(by_file, MasterKeys)
    assert isinstance(by_text, MasterKeys)
    assert by_file.names == by_text.names
    assert master_of(Settings(_env_file=None)) is None
    with pytest.raises(BadRequest, match="cannot be read"):
        read_key_file(tmp_path / "missing")
