"""The tables of the hall's own disk. Times are seconds since the epoch (UTC), as floats.

SQLAlchemy describes them once, for SQLite and PostgreSQL; the hot path writes them with the statements of
``store/statements.py``. A change here needs a new file in ``store/migrations/versions``.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

METADATA = MetaData()
# SQLite turns only INTEGER PRIMARY KEY into the row's own key; BIGINT would cost a second tree
Id = BigInteger().with_variant(Integer(), "sqlite")

INBOX = Table(
    "inbox",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("link", Text, nullable=False),
    Column("received", Double, nullable=False),
    Column("source", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column(
        "digest", LargeBinary, nullable=False
    ),  # of UDH and text: evidence of redelivery outlives the text
    Column("sequence", BigInteger, nullable=False),
    Column("reference", Integer),  # user_message_reference
    Column("message_id", Text),  # message id TLV
    Column("coding", SmallInteger, nullable=False),
    Column("esm", SmallInteger, nullable=False),
    Column("body", LargeBinary),  # NULL once done: a text may hold a password
    Column("sar", Text),  # "reference,total,number" of the SAR TLVs
    Column("state", SmallInteger, nullable=False),  # 0 waiting, 1 done
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("message", BigInteger, nullable=False),  # parts of one message share it
    Column("subscriber", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("coding", SmallInteger, nullable=False),
    Column("esm", SmallInteger, nullable=False),
    Column("body", LargeBinary),  # exactly the octets to send; NULL once accepted or dropped
    Column("kind", Text, nullable=False),
    Column("waits_for", BigInteger),  # message whose acceptance this one waits for (promo)
    Column("created", Double, nullable=False),
    Column("expires", Double),
    Column("udh", Integer),  # the reference in the UDH
    Column("receipt", SmallInteger, nullable=False),  # 1: a delivery receipt was asked for
    Column("state", SmallInteger, nullable=False),  # 0 waiting, 1 accepted, 2 given up, 3 dropped
    Column("settled", Double),
    Column("message_id", Text),  # the SMSC's
    Column("delivery", Text),  # what the receipt said: DELIVRD, UNDELIV …
    Column("reason", Text),  # why it failed or was dropped
    Column("link", Text, nullable=False, server_default=""),  # by which link, to which address there
)
Index("outbox_message", OUTBOX.c.message)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("hall", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("touched", Double, nullable=False),
    Column("asked", BigInteger),  # outbox message that asked the open question
)

HALLS = Table(
    "halls",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("kept", Double, nullable=False),
)

OPERATIONS = Table(
    "operations",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("subscriber", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),  # started | unknown | finished | people
    Column("started", Double, nullable=False),
    Column("finished", Double),
    Column("outcome", Text),
    Column("tries", Integer, nullable=False),
)
Index("operations_open", OPERATIONS.c.state, sqlite_where=OPERATIONS.c.state != "finished")

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("done", SmallInteger, nullable=False),  # 1 done, 0 not done
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("taken", Double),  # when a hall took it up
)

TEXT_DECISIONS = Table(  # about messages that were given up
    "text_decisions",
    METADATA,
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("again", SmallInteger, nullable=False),  # 1 send it once more, 0 drop it
    Column("who", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("taken", Double),  # when a hall took it up
)

CALLS = Table(
    "calls",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("caller", Text),
    Column("called", Text, nullable=False),
    Column("began", Double, nullable=False),
    Column("answered", Double),
    Column("ended", Double),
    Column("outcome", Text, nullable=False),
    Column(
        "journey", Text, nullable=False
    ),  # JSON: services used, keys pressed (secrets masked by the caller)
)

PROMO_COUNTS = Table(
    "promo_counts",
    METADATA,
    Column("subscriber", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

PROMO_WISHES = Table(
    "promo_wishes",
    METADATA,
    Column("subscriber", Text, primary_key=True),
    Column("wanted", SmallInteger, nullable=False),  # 1 wants promos, 0 refuses them
    Column("at", Double, nullable=False),
)

QUERIES = Table(  # who asked which service by which channel, and what came of it
    "queries",
    METADATA,
    Column("id", Id, Identity(), primary_key=True),
    Column("at", Double, nullable=False),
    Column("subscriber", Text, nullable=False),  # "" where no number is known
    Column("channel", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),  # answered, refused: REASON, not done
)

NOTICES = Table(  # what was sent without being asked for: reminders, ordered bills
    "notices",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("subscriber", Text, primary_key=True),
    Column("sent", Double, nullable=False),
)

GUESSES = Table(  # tries at secrets of other people's numbers (counter/guesses.py)
    "guesses",
    METADATA,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("what", Text, nullable=False),
    Column("caller", Text, nullable=False),  # "" none, as in trunk and victim
    Column("trunk", Text, nullable=False),
    Column("victim", Text, nullable=False),
    Column("at", Double, nullable=False),
)
Index("guesses_at", GUESSES.c.at)

UNMATCHED = Table(  # what was not understood or asked back, masked
    "unmatched",
    METADATA,
    Column("day", Text, primary_key=True),  # China's
    Column("text", Text, primary_key=True),
    Column("how", Text, nullable=False),  # none | ask
    Column("count", Integer, nullable=False),
)

FACTS = Table(
    "facts",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
