"""The composed app: which names it answers to."""

from scout_app.http import allowed_hosts
from scout_common.settings import Settings


def test_the_public_address_is_answered_to() -> None:
    settings = Settings(host="0.0.0.0", public_url="https://scout.example.org:8443/", allowed_hosts="hall, 10.0.0.7")
    assert {"localhost", "scout.example.org", "hall", "10.0.0.7"} <= set(allowed_hosts(settings))


def test_without_one_only_this_machine_is() -> None:
    settings = Settings(host="127.0.0.1", public_url="", allowed_hosts="")
    assert set(allowed_hosts(settings)) == {"localhost", "127.0.0.1", "::1"}
