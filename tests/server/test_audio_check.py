"""``check`` names the wordings that callers would not hear."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from ivr.testing.clips import noise, template
from ivr.voice.clips import Style
from ivr.voice.pack import ClipEntry, write_prompts
from menus.model.findings import Severity
from menus.model.hall import Hall, Wording
from server.audio_check import audio_findings
from server.commands.prompts import command as prompts


def hall(text: str) -> Hall:
    return Hall("1", {}, {}, {}, {}, {}, {"greet": Wording({"voice": template(text)})})


def named(prompts: Path, text: str) -> list[str]:
    return [
        f.message for f in audio_findings(hall(text), Path("menus.yaml"), prompts) if "greet" in f.message
    ]


def test_a_wording_without_audio_is_named_with_its_line(tmp_path: Path) -> None:
    (finding,) = (
        f for f in audio_findings(hall("您好。"), Path("menus.yaml"), tmp_path) if "greet" in f.message
    )
    assert (finding.severity, finding.file, finding.line) == (Severity.WARNING, "menus.yaml", 1)
    assert "“您好”没有录音" in finding.message


def test_a_wording_with_audio_is_not(tmp_path: Path) -> None:
    write_prompts(tmp_path, Style(), [], [(ClipEntry("您好", "stop", "", 0, 0, ""), noise(1))])
    assert named(tmp_path, "您好。") == []
    assert len(named(tmp_path, "您好。再见。")) == 1


def test_a_damaged_index_is_one_finding(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text("not json")
    (finding,) = audio_findings(hall("您好。"), Path("menus.yaml"), tmp_path)
    assert "读不出来" in finding.message


def test_prompts_lists_what_the_shipped_menu_lacks(tmp_path: Path) -> None:
    done = CliRunner().invoke(prompts, ["--var", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "0 wordings without audio" in done.output


def test_prompts_of_a_menu_that_is_not_there(tmp_path: Path) -> None:
    done = CliRunner().invoke(prompts, ["--menus", str(tmp_path / "none.yaml"), "--var", str(tmp_path)])
    assert done.exit_code == 2
