"""What ``check`` says of the audio: a wording that callers would not hear (rule ``no-audio``).

Looks into the index of the prompts alone: no sound is read.
"""

from __future__ import annotations

from pathlib import Path

from ivr.voice.pack import BadPrompts, Pack, read_index
from ivr.voice.reading import ValueReader
from ivr.voice.wanted import missing, read_vocabulary
from menus.model.findings import Finding, Severity
from menus.model.hall import Hall
from server.shipped import prompts_of

RULE = "no-audio"


def audio_findings(hall: Hall, file: Path, prompts: Path | None = None) -> list[Finding]:
    """A warning for each text without audio, in the order of the file; one error of the index, if it is
    damaged. ``file`` is the menu; ``prompts`` are its own unless named."""
    prompts = prompts_of(file) if prompts is None else prompts
    try:
        pack = Pack(prompts, read_index(prompts))
    except BadPrompts as error:
        return [Finding(RULE, Severity.WARNING, str(file), 1, 1, f"录音目录读不出来：{error}")]
    lacking = missing(hall, [pack], read_vocabulary(prompts), ValueReader())
    found = {
        Finding(
            RULE,
            Severity.WARNING,
            str(file),
            max(each.place.line, 1),
            max(each.place.column, 1),
            f"{each.name} 里的“{each.clip.text}”没有录音，客户听不到。",
            "运行 hall10086 prompts --render 合成，或把自己的录音放进 prompts/recordings。",
        ): None
        for each in lacking
    }
    return sorted(found, key=lambda finding: finding.line)
