"""Hashes of service passwords and identity numbers, many at once.

One scrypt takes about 1.7 ms (:mod:`business.port.secrecy`), which is meant, and which is not made less here:
a million take 28 minutes of one core. OpenSSL works without the interpreter's lock, so threads share the work
among the cores. Whoever cannot wait brings hashes (columns ``password hash`` and ``id hash``), or no
passwords: a subscriber without one gets it by identity number.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from business.port.secrecy import QUICK, SALT, hash_password


class Passwords:
    """``threads`` work side by side; ``randbytes`` salts. To be used in a ``with``."""

    def __init__(self, threads: int, randbytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._pool = ThreadPoolExecutor(threads, "hash")
        self._randbytes = randbytes

    def __enter__(self) -> Passwords:
        return self

    def __exit__(self, *_error: Any) -> None:
        self._pool.shutdown(cancel_futures=True)

    def hashed(self, secrets_: Sequence[str | None]) -> list[bytes | None]:
        """The hash of each, None for None."""
        return list(self._pool.map(self._hashed, secrets_))

    def _hashed(self, secret: str | None) -> bytes | None:
        return None if secret is None else hash_password(secret, self._randbytes(SALT), QUICK)
