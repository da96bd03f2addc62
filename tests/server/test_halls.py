"""A menu is read in a child process and swapped in; one with errors comes back as findings."""

from __future__ import annotations

import contextlib
from os import mkfifo
from pathlib import Path
from tempfile import mkdtemp

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import TestCase

from menus.model.hall import ALWAYS
from server.halls import LoadedHalls, load, load_in_child

SHIPPED = Path(__file__).resolve().parents[2] / "menus.yaml"


def children_of(file: Path) -> list[str]:
    """Processes that read ``file``."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(file).encode() in process.read_bytes():
                found.append(process.parent.name)
    return found


def copied(menu: Path) -> Path:
    """In a folder of its own."""
    file = Path(mkdtemp()) / menu.name
    file.write_bytes(menu.read_bytes())
    return file


def soon() -> Deferred[None]:
    waited: Deferred[None] = Deferred()
    reactor.callLater(0.02, waited.callback, None)  # type: ignore[attr-defined]
    return waited


class HallsTests(TestCase):
    async def test_the_child_brings_the_same_hall_as_reading_here(self) -> None:
        here = load(SHIPPED)
        there = await load_in_child(reactor, SHIPPED)
        assert here.hall is not None
        assert there.hall == here.hall
        assert there.text == here.text
        always = [
            entry.target.when for entry in there.hall.telephone[""].entries if not entry.target.when.words
        ]
        assert always
        assert all(when is ALWAYS for when in always), "what always holds is looked at no further"

    async def test_errors_come_back_as_findings_and_no_hall(self) -> None:
        file = Path(mkdtemp()) / "menus.yaml"
        file.write_text(SHIPPED.read_text(encoding="utf-8").replace("fee_realtime 实时话费", "fee_realtmie"))
        loaded = await load_in_child(reactor, file)
        assert loaded.hall is None
        assert all("fee_realtime" in error.hint for error in loaded.errors)
        assert all(error.line > 1 for error in loaded.errors)
        assert loaded.errors

    async def test_a_file_that_is_not_there_is_an_error_of_the_system(self) -> None:
        with self.assertRaises(OSError) as caught:
            await load_in_child(reactor, Path("no/such/menus.yaml"))
        assert str(caught.exception) == "reading no/such/menus.yaml failed: No such file or directory"

    async def test_a_file_without_end_is_none(self) -> None:
        file = Path(mkdtemp()) / "menus.yaml"
        with file.open("wb") as endless:
            endless.truncate(1 << 40)
        with self.assertRaises(OSError) as caught:
            await load_in_child(reactor, file)
        assert str(caught.exception) == f"reading {file} failed: Longer than 8 MB: no menu file is"

    async def test_a_pipe_beside_the_menu_is_refused_by_its_name_and_keeps_nobody_waiting(self) -> None:
        file = copied(SHIPPED)
        mkfifo(beside := file.with_name("knowledge.yaml"))  # nobody ever writes into it
        with self.assertRaises(OSError) as caught:
            await load_in_child(reactor, file, limit=30.0)
        assert str(caught.exception) == (
            f"reading {file} failed: {beside}: This is a pipe, a socket or a device, not a file"
        )

    async def test_a_child_that_takes_too_long_is_killed(self) -> None:
        file = copied(SHIPPED)
        with self.assertRaises(OSError) as caught:
            await load_in_child(reactor, file, limit=0.02)  # before it has as much as begun
        assert "took more than 0.02 s" in str(caught.exception)
        assert not children_of(file)

    async def test_a_child_that_nobody_waits_for_is_killed(self) -> None:
        file = copied(SHIPPED)
        reading = Deferred.fromCoroutine(load_in_child(reactor, file))
        while not children_of(file):
            await soon()
        reading.cancel()
        with self.assertRaises(CancelledError):
            await reading
        while children_of(file):
            await soon()

    def test_sessions_keep_their_version_until_nobody_stands_on_it(self) -> None:
        first = load(SHIPPED).hall
        assert first is not None
        text = SHIPPED.read_text(encoding="utf-8") + "\n# 改过\n"
        halls = LoadedHalls(first)
        halls.remember("old", "this is no menu")
        assert set(halls) == {first.version}
        import handlers
        from menus import read

        second = read(text, handlers.SPECS).hall
        assert second is not None
        halls.publish(second)
        assert halls.newest is second
        assert halls[first.version] is first
        halls.forget(frozenset({first.version}))
        assert len(halls) == 2
        halls.forget(frozenset())
        assert set(halls) == {second.version}
