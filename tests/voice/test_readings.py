"""How characters are read, as the SMS hall has it, is what pypinyin says."""

from __future__ import annotations

from menus.matching.sounds import FILE
from tests.peers import needs_peer


@needs_peer("voice")
def test_the_file_is_what_its_program_writes() -> None:
    from studio.readings import characters, table

    assert len(characters()) == 6763
    assert FILE.read_text(encoding="utf-8") == table()
