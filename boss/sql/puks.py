"""PUK codes as they lie in the database: sealed, so that a copy of it unlocks nobody's card.

AES-SIV (RFC 5297) with the subscriber's number bound in: the same code of the same number is always the
same text, so that a load that is repeated finds it unchanged; equal codes of two numbers do not look equal.
The key stands in a file of its own (mode 0600), made when the first code is sealed. Whoever has both files
can read both; without the file the codes are lost, and nothing else is.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import make_url

from business.files import regular

UNNAMED = "business.options.key_file is missing: it names the file for the key that PUK codes are sealed with"


class Locked(Exception):
    """This code cannot be opened; says why, in the operator's words."""


class Puks:
    """Seals and opens with the key in ``file``; None: nowhere is it named. From any thread."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self._key: AESSIV | None = None

    def seal(self, msisdn: str, puk: str) -> str:
        """Raises ValueError where no file is named, OSError where it can be neither read nor made."""
        return self.sealer()(msisdn, puk)

    def sealer(self) -> Callable[[str, str], str]:
        """:meth:`seal` for many codes; the key is made if it is not there. Raises as it does."""
        if self.file is None:
            raise ValueError(UNNAMED)
        if self._key is None:
            _make(self.file)
            self._key = _read(self.file)
        encrypt = self._key.encrypt
        return lambda msisdn, puk: b64encode(encrypt(puk.encode(), [msisdn.encode()])).decode()

    def open(self, msisdn: str, sealed: str) -> str:
        """Raises Locked. A key that is put back counts from the next call on."""
        if self.file is None:
            raise Locked(UNNAMED)
        try:
            self._key = self._key or _read(self.file)
            return self._key.decrypt(b64decode(sealed), [msisdn.encode()]).decode()
        except OSError as error:
            raise Locked(f"{self.file}: {error.strerror}") from None
        except (InvalidTag, ValueError):
            self._key = None
            raise Locked(f"{self.file} is not the key that they were sealed with") from None


def puks_of(url: str, file: Path | str | None = None) -> Puks:
    """With the key in ``file``; if that is None beside a SQLite database, and of its name."""
    parsed = make_url(url)
    if file is None and parsed.get_backend_name() == "sqlite" and parsed.database:
        return Puks(Path(parsed.database).with_suffix(".key"))
    return Puks(None if file is None else Path(file))


def _read(file: Path) -> AESSIV:
    """The key of this purpose: the store may keep its own in the same file."""
    return AESSIV(blake2b(regular(file).read_bytes().strip(), digest_size=64, person=b"PUK codes").digest())


def _make(file: Path) -> None:
    """The file, whole and on the disk, where it is not there yet; by one process only."""
    if file.exists():
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as made:
        made.write(Fernet.generate_key())
        made.flush()
        os.fsync(made.fileno())
    with suppress(FileExistsError):  # another process was first: its key counts
        os.link(fresh, file)
    fresh.unlink()
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
