"""Every error of the application, in one place. A class's docstring is its message where none is given.

Two families decide what the ledger does with a unit: `PermanentError` fails it at once, `TransientError` is tried
again with a pause. Anything else that escapes a handler is unexpected, and is tried again up to the attempt limit.
"""


class ScoutError(Exception):
    """Something went wrong."""

    default_hint = ""

    def __init__(self, message: str | None = None, *, subject: str = "", hint: str | None = None) -> None:
        """message: what happened; subject: to what (file, line, sku, address); hint: what the reader can do."""
        self.message = message or (self.__doc__ or "").strip().splitlines()[0]
        self.subject = subject
        self.hint = self.default_hint if hint is None else hint
        super().__init__(self.message)

    def __str__(self) -> str:
        text = f"{self.subject}: {self.message}" if self.subject else self.message
        return f"{text} ({self.hint})" if self.hint else text


class PermanentError(ScoutError):
    """The input cannot be used; trying again would not help."""


class TransientError(ScoutError):
    """Something needed is not available at the moment."""


class BadRequest(PermanentError):
    """The request cannot be understood."""


class NotFound(PermanentError):
    """There is nothing by that name."""


class Conflict(PermanentError):
    """That cannot be done in the present state."""


class BlobMissing(PermanentError):
    """A stored file is gone."""

    default_hint = "the blob folder was changed or cleaned from outside; run the job again"


class StorageFull(TransientError):
    """The disk is full."""

    default_hint = "free some space; the work goes on by itself"


class StorageUnavailable(TransientError):
    """The object store does not answer."""

    default_hint = "are SCOUT_BLOB_URL, SCOUT_S3_ENDPOINT_URL and the AWS_... credentials right, the store up?"


class NotInstalled(PermanentError):
    """An optional package is not installed."""


class DatabaseUnavailable(TransientError):
    """The database does not answer."""

    default_hint = "see `scout doctor`"


class BusUnavailable(TransientError):
    """The message bus does not take the message."""


class OtherVersion(TransientError):
    """That was done by another version of Scout."""

    default_hint = "let all replicas run one version, then `scout job retry` the job"


class QueueFull(BusUnavailable):
    """The stage's queue takes no more messages for now."""


class Unroutable(BusUnavailable):
    """No queue takes this message."""

    default_hint = "a service that answers this stage has to be started once"


class LeaseLost(ScoutError):
    """The unit is no longer ours: it was cancelled, retried, or taken over after its lease ended."""


class DataFolderBusy(ScoutError):
    """Another Scout process works on this data folder."""

    default_hint = "stop it, or give this one another folder with SCOUT_DATA_DIR"


class EmbeddedDatabaseError(ScoutError):
    """The embedded PostgreSQL could not be started."""

    default_hint = "its own words are in postgres.log in the data folder; or give a server with SCOUT_DATABASE_URL"
