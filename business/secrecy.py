"""Service passwords and top-up cards: how they are kept so that a copy of the database is no purse.

**Passwords** have six digits: a million guesses, which no hash can hide from somebody with the table and an
afternoon. What protects them is the lock after three errors a day; the hash only keeps them out of sight of
whoever looks at the table. So scrypt runs with cheap parameters (n=1024, r=8: 1 MiB, about 3 ms), which a
thousand callers a minute can afford, and a salt each, so that equal passwords do not look equal.

**Cards** have 18 digits, too many to try all, so one SHA-256 does; it must be the same every time, because a
card is looked up by it.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re

SALT = 16
CARD_DIGITS = 18
PASSWORD_DIGITS = 6


def hash_password(password: str, salt: bytes) -> bytes:
    """Salt and scrypt hash in one; ``salt`` is 16 random bytes."""
    return salt + hashlib.scrypt(password.encode(), salt=salt, n=1024, r=8, p=1, dklen=32)


def password_fits(password: str, kept: bytes | None) -> bool:
    """Whether ``password`` is the one whose hash is ``kept``; nothing fits where there is none, and to find
    that out takes as long."""
    hashed = hash_password(password, kept[:SALT] if kept is not None else bytes(SALT))
    return kept is not None and hmac.compare_digest(hashed, kept)


def why_weak(password: str, msisdn: str) -> str | None:
    """Why this may not be a service password (domain §2.6), or None."""
    if not re.fullmatch(r"[0-9]{6}", password):
        return "must be six digits"
    steps = {(int(b) - int(a)) for a, b in itertools.pairwise(password)}
    if steps in ({0}, {1}, {-1}):
        return "is one digit repeated, or a run"
    return "is part of the telephone number" if password in msisdn else None


def slow_digest(words: bytes, salt: str) -> str:
    """A digest of what holds a password or an ID number, as dear to try out as a password's hash."""
    salted = hashlib.sha256(salt.encode()).digest()
    return hashlib.scrypt(words, salt=salted, n=1024, r=8, p=1, dklen=32).hex()


def is_card(number: str) -> bool:
    return re.fullmatch(r"[0-9]{18}", number) is not None


def card_digest(number: str) -> str:
    return hashlib.sha256(b"top-up card " + number.encode()).hexdigest()
