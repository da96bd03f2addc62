"""What the commands say of themselves and of slips, before anything runs."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from ivr.sip.api import EndReason
from peers.dial import Dialled
from server.cli import main
from server.commands.dial import figures


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("words", [("--help",), ("serve", "--help")])
def test_the_web_hall_is_among_what_is_served(words: tuple[str, ...]) -> None:
    assert "web hall" in run(*words).output


@pytest.mark.parametrize("number", ["123", "10086", "1390000000", "073184001234", "anna"])
def test_who_texts_as_no_mobile_number_is_told_so(number: str) -> None:
    done = run("text", number, "0101", "--demo-console", "127.0.0.1:1")
    assert done.exit_code == 2
    assert f"{number} is no mobile number; write its eleven digits, like 13900000001" in done.output


@pytest.mark.parametrize("number", ["13900000001", "+8613900000001"])
def test_a_mobile_number_in_any_writing_goes_on_to_the_demo_smsc(number: str) -> None:
    assert (
        "no demo SMSC on 127.0.0.1:1" in run("text", number, "0101", "--demo-console", "127.0.0.1:1").output
    )


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ((0.0004, 0.0837), "first sound after 84 ms"),
        ((0.0004, None), "only silence"),
        ((None, None), "no audio"),
    ],
)
def test_a_call_is_told_by_what_was_heard(first: tuple[float | None, float | None], words: str) -> None:
    made = Dialled("a@b", 200, EndReason.LOCAL, "11", 400, *first, 7.2)
    assert figures(made, "127.0.0.1", as_json=False) == f"[answered, {words}, 7.2 s of speech, we hung up]"
