"""Errors say what happened, to what, and what to do."""

from scout_common.errors import BlobMissing, PermanentError, ScoutError


def test_the_docstring_is_the_message() -> None:
    assert ScoutError().message == "Something went wrong."
    assert str(BlobMissing(subject="kp/1")).startswith("kp/1: A stored file is gone. (the blob folder")


def test_what_is_given_goes_before() -> None:
    error = PermanentError("the file is empty", subject="a.mp4", hint="give another one")
    assert str(error) == "a.mp4: the file is empty (give another one)"
    assert str(BlobMissing("gone", hint="")) == "gone"
