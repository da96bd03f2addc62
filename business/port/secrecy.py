"""Service passwords and top-up cards: how they are kept so that a copy of the database is no purse.

**Passwords** have six digits: a million guesses, which no hash can hide for good from somebody with the table
and patience. What protects them is the lock after three errors a day, the rights to the file, and the price
of a guess. scrypt with r=8, measured on one core of a small machine:

======  =======  =====================================  ==================
n       a guess  a million guesses (one subscriber's)   1,000 checks/min.
======  =======  =====================================  ==================
2**10    3.3 ms  55 minutes                             0.05 of a core
2**13   29 ms    8 hours                                0.5 of a core
2**14   63 ms    17 hours                               1.05 cores
======  =======  =====================================  ==================

A hall of two cores can afford 2**13 (:data:`DEAR`) for what customers choose and prove; it runs without the
interpreter's lock, and a check outside of any transaction. A load of a million cannot: it hashes with 2**10
(:data:`QUICK`), and each is hashed anew with 2**13 when it is first proved. A salt each, so that equal
passwords do not look equal.

**Cards** have 18 digits, too many to try all, so one SHA-256 does; it must be the same every time, because a
card is looked up by it.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re

SALT, DIGEST = 16, 32  # octets
QUICK, DEAR, DEAREST = 10, 13, 17
"""Powers of two: n of what is loaded, of what customers choose, and the most that is tried."""
MEMORY = 1 << 28  # octets for one hash, at the most
SLOW = "s:"


def hash_password(password: str, salt: bytes, cost: int = DEAR) -> bytes:
    """Cost, salt and scrypt hash in one; ``salt`` is 16 random bytes, ``cost`` the power of two that is n.
    That of QUICK is not written, for hashes had none before."""
    digest = hashlib.scrypt(password.encode(), salt=salt, n=1 << cost, r=8, p=1, dklen=DIGEST, maxmem=MEMORY)
    return (b"" if cost == QUICK else bytes([cost])) + salt + digest


def password_fits(password: str, kept: bytes | None) -> bool:
    """Whether ``password`` is the one whose hash is ``kept``; nothing fits where there is none, and to find
    that out takes as long as with a hash of QUICK."""
    if kept is None or len(kept) not in (SALT + DIGEST, 1 + SALT + DIGEST):
        kept = bytes(SALT + DIGEST)
    cost, salted = cost_of(kept), kept[-SALT - DIGEST :]
    if not QUICK <= cost <= DEAREST:
        return False
    return hmac.compare_digest(hash_password(password, salted[:SALT], cost), kept)


def cost_of(kept: bytes) -> int:
    """With which cost it was hashed."""
    return QUICK if len(kept) == SALT + DIGEST else kept[0]


def why_weak(password: str, msisdn: str) -> str | None:
    """Why this may not be a service password (domain §2.6), or None."""
    if not re.fullmatch(r"[0-9]{6}", password):
        return "must be six digits"
    steps = {(int(b) - int(a)) for a, b in itertools.pairwise(password)}
    if steps in ({0}, {1}, {-1}):
        return "is one digit repeated, or a run"
    return "is part of the telephone number" if password in msisdn else None


def slow_digest(words: bytes, salt: str) -> str:
    """A digest of what holds a password or an ID number, as dear to try out as a password's hash: 64
    characters, of which the first two say so."""
    salted = hashlib.sha256(salt.encode()).digest()
    return SLOW + hashlib.scrypt(words, salt=salted, n=1 << DEAR, r=8, p=1, dklen=31, maxmem=MEMORY).hex()


def quicker_digest(words: bytes, salt: str) -> str:
    """That of before, to recognise those that were kept then."""
    salted = hashlib.sha256(salt.encode()).digest()
    return hashlib.scrypt(words, salt=salted, n=1 << QUICK, r=8, p=1, dklen=32).hex()


def is_card(number: str) -> bool:
    return re.fullmatch(r"[0-9]{18}", number) is not None


def card_digest(number: str) -> str:
    return hashlib.sha256(b"top-up card " + number.encode()).hexdigest()
