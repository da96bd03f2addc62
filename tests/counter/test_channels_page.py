"""The page on channels, followed to the letter: a kiosk of one folder talks by the same promises
as the other halls."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.testing.page import DocsPage, run
from server.testing.running import HallProcess

PAGE = DocsPage("channels.md")
LONGEST = 120  # lines of the page
POSTPAID, MZONE = "13900000001", "13900000002"
PRODUCT, FEE = "crbt", -500
SECONDS = 30.0


class KioskProgram:
    """Of a kiosk in which somebody's SIM card lies."""

    def __init__(self, hall: HallProcess, number: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(SECONDS)
        self._socket.connect(str(hall.folder / "kiosk.sock"))
        self._file = self._socket.makefile("rw", encoding="utf-8", newline="\n")
        self.writes(number)

    def writes(self, *lines: str) -> None:
        self._file.write("".join(f"{each}\n" for each in lines))
        self._file.flush()

    def reads(self) -> str:
        """One answer."""
        answer = list(iter(self._file.readline, "\n"))
        assert "" not in answer, "the hall closed the connection"
        return "".join(answer)

    def types(self, *inputs: str) -> str:
        """All of them at once; the last answer."""
        self.writes(*inputs)
        return [self.reads() for _ in inputs][-1]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page") / "tree"
    PAGE.follow(folder)
    return folder


@pytest.fixture
def hall(tree: Path) -> Iterator[HallProcess]:
    with tempfile.TemporaryDirectory() as folder:  # a socket's path may not be long
        running = HallProcess(Path(folder), environment={"PYTHONPATH": str(tree)})
        try:
            yield running
            assert running.failures() == []
        finally:
            running.stop()


def test_the_page_is_one_folder_and_a_line_or_two_in_four_files(tmp_path: Path) -> None:
    new, changed = PAGE.follow(tmp_path / "tree")
    assert new | changed == PAGE.told
    assert {Path(name).parts[0] for name in new} == {"kiosk"}
    assert len(changed) == 4
    assert PAGE.text.count("\n") <= LONGEST


def test_the_house_and_the_menu_take_it(tree: Path) -> None:
    run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_house.py")
    assert "0 个错误" in run(tree, "-c", "from server.cli import main; main()", "check")


def test_a_query_is_answered_and_a_change_is_charged_once_over_a_kill(hall: HallProcess) -> None:
    assert "余额52.35元" in KioskProgram(hall, POSTPAID).types("0101")
    asked = KioskProgram(hall, POSTPAID).types("0204")
    assert "5元" in asked
    hall.kill()
    hall.start()
    machine = KioskProgram(hall, POSTPAID)
    assert "开通" in machine.types("1")
    for said in (machine.types("1"), KioskProgram(hall, POSTPAID).types("0204", "1")):
        assert said
    assert hall.movements(POSTPAID, PRODUCT) == [FEE]
    assert hall.rows("hall", "SELECT DISTINCT channel FROM operations") == [("kiosk",)]
    receipts = hall.rows("hall", "SELECT DISTINCT subscriber, message FROM outbox")
    assert [number for number, _ in receipts] == [POSTPAID]


def test_it_is_of_its_traits(hall: HallProcess) -> None:
    """Five entries of a list at once; and no password is asked for where others look on."""
    listed = KioskProgram(hall, "13900000009").types("0000")
    assert [line[0] for line in listed.splitlines() if line[1:2] == "、"] == ["1", "2", "3", "4", "5"]
    other = KioskProgram(hall, POSTPAID).types("0110")
    assert "这里不能输入。请用本人手机发0110到10086" in other, "before any number is asked for"
    assert KioskProgram(hall, POSTPAID).types(f"0110 {MZONE}") == other
    assert "服务密码修改要输入密码等信息，这里不能输入" in KioskProgram(hall, POSTPAID).types("修改密码")


def test_a_first_line_that_is_no_number_is_answered_and_the_next_one_taken(hall: HallProcess) -> None:
    machine = KioskProgram(hall, "no card")
    assert "没有读出手机号码" in machine.reads()
    machine.writes(POSTPAID)
    assert "余额52.35元" in machine.types("0101")
