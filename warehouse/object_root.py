"""The storage of a warehouse in an object store: conditional writes, so that two runs never write over each other."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from warehouse.errors import (
    ConfigError,
    MissingExtraError,
    RefusedError,
    RetryableError,
    error_from_missing_credentials,
)

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class ObjectRoot:
    """A bucket or container, with a prefix. Credentials come from the environment, as for the store's own tools.

    ``lease`` raises ``RetryableError`` where the run no longer holds the warehouse. ``takeover``: a mark of a run that
    took the warehouse over from a silent one, which may still be about to write.
    """

    def __init__(self, address: str) -> None:
        self.lease: Callable[[], None] | None = None
        self.takeover: str | None = None
        try:
            from obstore.exceptions import BaseError
            from obstore.store import from_url
        except ModuleNotFoundError:
            raise MissingExtraError(address) from None

        self.address = address.rstrip("/")
        try:
            self.store: ObjectStore = from_url(self.address)
        except (BaseError, ValueError) as error:
            wrong = ConfigError(
                "not the address of an object store", where=address, do="write s3://bucket/prefix, gs://… or az://…"
            )
            raise (error_from_missing_credentials(address, str(error)) or wrong) from None

    def uri(self, path: str) -> str:
        return f"{self.address}/{path}"

    def read(self, path: str) -> bytes:
        import obstore

        with self.translated_errors(path, missing=FileNotFoundError(path)):
            return bytes(obstore.get(self.store, path).bytes())

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write whole files, in order. Raises ``RetryableError`` where another run wrote one of them meanwhile.

        Each is written only over the version that was there before the lease was checked. A run that was stopped
        between its check and its write therefore never replaces what a later run wrote.
        """
        import obstore

        for path, body in files.items():
            seen = self._version(path)
            self.check_held()
            with self.translated_errors(path):
                obstore.put(self.store, path, body, mode="create" if seen is None else {"e_tag": seen})

    def write_from(self, path: str, write: Callable[[BinaryIO], None]) -> None:
        """Write one new file piece by piece: the store shows it once it is whole. No other run has its name."""
        import obstore

        with TemporaryFile(prefix="kmi-upload-") as file:
            write(cast("BinaryIO", file))
            file.seek(0)
            self.check_held()
            with self.translated_errors(path):
                obstore.put(self.store, path, file)

    def check_held(self) -> None:
        if self.lease is not None:
            self.lease()

    def _version(self, path: str) -> str | None:
        import obstore

        try:
            with self.translated_errors(path, missing=FileNotFoundError(path)):
                return obstore.head(self.store, path)["e_tag"]
        except FileNotFoundError:
            return None

    def list(self, folder: str) -> list[str]:
        import obstore

        with self.translated_errors(folder):
            return sorted(meta["path"] for batch in obstore.list(self.store, folder) for meta in batch)

    def delete(self, path: str) -> None:
        import obstore

        self.check_held()
        with self.translated_errors(path):
            obstore.delete(self.store, path)

    @contextmanager
    def translated_errors(self, path: str, missing: Exception | None = None) -> Iterator[None]:
        """Turn the store's errors into ours; ``missing`` is raised where the object does not exist."""
        from obstore.exceptions import (
            AlreadyExistsError,
            BaseError,
            PermissionDeniedError,
            PreconditionError,
            UnauthenticatedError,
        )

        try:
            yield
        except FileNotFoundError:
            gone = RefusedError(
                "the bucket does not exist",
                where=self.uri(path),
                do="create it, or correct the address of the warehouse",
            )
            raise missing or gone from None
        except (PermissionDeniedError, UnauthenticatedError, PermissionError):
            do = "give the user that runs kmi access, with the store's own environment variables"
            raise RefusedError("the store refuses access", where=self.uri(path), do=do) from None
        except (AlreadyExistsError, PreconditionError):
            raise RetryableError("another run wrote this file meanwhile", where=self.uri(path)) from None
        except (BaseError, OSError) as error:
            silent = RetryableError(
                f"the store does not answer ({str(error).strip().splitlines()[0]})", where=self.uri(path)
            )
            raise (error_from_missing_credentials(self.uri(path), str(error)) or silent) from None
