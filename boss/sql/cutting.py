"""Cutting off a call that hangs in a database driver, so that its thread comes back.

A server that has stopped dead (or a network that swallows everything) answers nothing, and no time-out of its
own ever fires; a driver waits for it for ever. :class:`ConnectionsByThread` knows which thread talks over
which connection and cuts that line: by shutting the socket down (PostgreSQL), or by sqlite3_interrupt. The
driver then raises in its own thread, and the pool throws the connection away.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

LINE = "hall_line"  # in a pooled connection's info: what cuts it
FRESH = "hall_fresh"


class ConnectionsByThread:
    """The connections of one engine, by the thread that uses each at the moment. It also asks each connection
    that comes out of the pool whether it still lives: SQLAlchemy's own asking comes before anybody could know
    which thread hangs in it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._in_use: dict[int, Any] = {}
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "checkout", self._taken)
        event.listen(engine, "checkin", self._given_back)
        event.listen(engine, "close", self._closed)

    def cut(self, thread: int) -> None:
        """End what ``thread`` is waiting for, if it waits for a database. From any thread."""
        line = self._in_use.get(thread)
        if isinstance(line, sqlite3.Connection):
            with suppress(sqlite3.Error):
                line.interrupt()
        elif line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _connected(self, driver: Any, record: Any) -> None:
        record.info[FRESH] = True
        if isinstance(driver, sqlite3.Connection):
            record.info[LINE] = driver
        else:  # a descriptor of our own: the driver may close its one, and another file gets the number
            record.info[LINE] = socket.socket(fileno=os.dup(driver.pgconn.socket))

    def _taken(self, driver: Any, record: Any, _proxy: Any) -> None:
        self._in_use[threading.get_ident()] = record.info.get(LINE)
        if record.info.pop(FRESH, False) or isinstance(driver, sqlite3.Connection):
            return
        try:
            self._engine.dialect.do_ping(driver)
        except Exception as error:
            raise InvalidatePoolError("the server has gone") from error

    def _given_back(self, _driver: Any, _record: Any) -> None:
        self._in_use.pop(threading.get_ident(), None)

    def _closed(self, _driver: Any, record: Any) -> None:
        line = record.info.pop(LINE, None)
        if isinstance(line, socket.socket):
            line.close()
