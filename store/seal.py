"""Secrets that have to be on the disk for a while: sealed with a key that stands in a file of its own.

A top-up card waits in a started operation, an identity number in a session that asks for the next input, a
temporary password in a message that is not sent yet. They must survive a kill, and must not stand in clear in
the database, its WAL or a backup of it. The key file is made at the first start (mode 0600); whoever has both
files can read both.
"""

from __future__ import annotations

import errno
import os
from hashlib import blake2b
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from store.records import Outbound

MARK = "sealed:"
SECRET = "secret"
"""The kind of a message that names a secret."""


class Sealer:
    """``seal`` and ``unseal`` with the key in ``file``, which is made if it is not there. ``digest_key`` is
    for digests that lie on the disk. Raises OSError, also for what is no key."""

    def __init__(self, file: Path) -> None:
        key = _key(file)
        try:
            self._fernet = Fernet(key)
        except ValueError:
            why = "this is no key; put back the one of the last backup, or what it sealed cannot be read"
            raise OSError(errno.EINVAL, why, str(file)) from None
        self.digest_key = blake2b(key, digest_size=32, person=b"digests").digest()

    def seal(self, text: str) -> str:
        return MARK + self._fernet.encrypt(text.encode()).decode("ascii")

    def unseal(self, text: str) -> str:
        """What was sealed; a text that never was comes back as it is. Raises ValueError for another key's."""
        if not text.startswith(MARK):
            return text
        try:
            return self._fernet.decrypt(text.removeprefix(MARK).encode()).decode()
        except InvalidToken:
            raise ValueError("sealed with another key") from None


class Plain:
    """Seals nothing: for tests and benchmarks, whose secrets are none."""

    digest_key = b""

    def seal(self, text: str) -> str:
        return text

    def unseal(self, text: str) -> str:
        return text


PLAIN = Plain()


def sealed(row: Outbound, sealer: Sealer | Plain) -> Outbound:
    """A message as it lies on the disk."""
    if row.kind != SECRET or row.body is None:
        return row
    return row._replace(body=sealer.seal(row.body.decode("latin-1")).encode("latin-1"))


def unsealed(row: Outbound, sealer: Sealer | Plain) -> Outbound | None:
    """The message as it is to be sent; None: its key is lost."""
    if row.kind != SECRET or row.body is None:
        return row
    try:
        return row._replace(body=sealer.unseal(row.body.decode("latin-1")).encode("latin-1"))
    except ValueError:
        return None


def _key(file: Path) -> bytes:
    """The key; made whole or not at all, and by one process only."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        fresh = file.with_name(f".{file.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as made:
            made.write(Fernet.generate_key())
            made.flush()
            os.fsync(made.fileno())
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass  # another process was first: its key counts
        fresh.unlink()
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # the name, too, before anything is sealed with it
        finally:
            os.close(folder)
    if not file.is_file():
        raise OSError(errno.EINVAL, "This is no file", str(file))  # a pipe would hold up the start
    return file.read_bytes()
