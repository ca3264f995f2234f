"""Readings are remembered by content, options and version, for each tenant."""

from dataclasses import replace

from scout_common.readings import KeptReading, ReadingKey, find_results, keep_readings
from scout_ocr.reading import Reading, ReadOptions
from scout_ocr.reading_codec import from_json
from sqlalchemy import Engine, text

KEY = ReadingKey(tenant="default", sha256="a" * 64, options=ReadOptions(), version="1")
READING = Reading(media_type="image/png", kind="label", pages=(), text="Tea \\u0000 100 g", markdown="Tea")


def test_what_was_read_is_found_again_under_the_same_key_only(engine: Engine) -> None:
    with engine.begin() as connection:
        assert find_results(connection, [KEY]) == {}
        keep_readings(connection, [KeptReading.of(KEY, READING, 0.2)])
        keep_readings(connection, [KeptReading.of(KEY, replace(READING, text="another"))])  # the first one stays
    others = [
        replace(KEY, tenant="other"),
        replace(KEY, sha256="b" * 64),
        replace(KEY, options=ReadOptions(quality="best")),
        replace(KEY, version="2"),
    ]
    with engine.begin() as connection:
        assert from_json(find_results(connection, [KEY])[KEY.sha256]) == READING
        assert [find_results(connection, [other]) for other in others] == [{}] * 4
        assert connection.execute(text("SELECT count(*) FROM reading")).scalar_one() == 1
