"""What the voice costs and how well its clips join.

    python -m benchmarks.bench_voice [--render]

Start, planning of utterances, and measures of the shipped clips. ``--render`` also times the voice itself, if
its parts are under ``var/voice/parts``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

import handlers
from ivr.voice.clips import Clip, Ending, Style
from ivr.voice.pack import Pack, open_prompts, read_index
from ivr.voice.reading import ValueReader
from ivr.voice.samples import SAMPLE_RATE, Samples, decode
from ivr.voice.speech import Voice
from ivr.voice.wanted import missing, read_vocabulary
from menus.model.channels import VOICE
from menus.model.hall import Hall, Slot, Template
from menus.model.values import Kind, Value
from menus.reading.reader import read
from studio.levels import frame_levels
from studio.say import sound

ROOT = Path(__file__).resolve().parent.parent
PROMPTS = ROOT / "prompts"
ROUNDS = 2000


def main() -> None:
    """Print the figures, a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--render", action="store_true")
    wants = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = [*_size(), *_start(Path(folder)), *_measures(open_prompts(PROMPTS, Path(folder)))]
    for name, figure in [*lines, *(_render() if wants.render else ())]:
        print(f"{name:<58}{figure}")


def _size() -> Iterator[tuple[str, str]]:
    index = read_index(PROMPTS)
    octets = sum(file.stat().st_size for file in PROMPTS.glob("*.flac"))
    lasts = sum(entry.samples for entry in index.entries) / SAMPLE_RATE
    yield (
        "clips; sound; size as shipped",
        f"{len(index.entries)}; {lasts / 60:.1f} min; {octets / 1e6:.1f} MB",
    )


def _start(folder: Path) -> Iterator[tuple[str, str]]:
    before = time.perf_counter()
    pack = open_prompts(PROMPTS, folder)
    yield "first start: expanded, checked, written", f"{time.perf_counter() - before:.2f} s"
    before = time.perf_counter()
    open_prompts(PROMPTS, folder)
    yield "later starts: read, checked", f"{1000 * (time.perf_counter() - before):.0f} ms"
    hall = _hall()
    before = time.perf_counter()
    lacking = missing(hall, [pack], read_vocabulary(PROMPTS), ValueReader())
    yield "every wording of the menu looked for", f"{1000 * (time.perf_counter() - before):.0f} ms"
    yield "wordings without audio", str(len(lacking))
    yield "an utterance with a time and two amounts planned", f"{_planning(Voice([pack]), hall):.0f} µs"


def _hall() -> Hall:
    hall = read((ROOT / "menus.yaml").read_text(encoding="utf-8"), handlers.SPECS).hall
    assert hall is not None
    return hall


def _planning(voice: Voice, hall: Hall) -> float:
    """µs for the wording of the real-time fee."""
    template = _fee(hall)
    values = {
        "now": Value(Kind.TIME, datetime(2026, 11, 22, 9, 5)),
        "spent": Value(Kind.MONEY, 5235),
        "balance": Value(Kind.MONEY, 1005),
    }
    before = time.perf_counter()
    for _ in range(ROUNDS):
        voice.segments(template, values)
    return 1e6 * (time.perf_counter() - before) / ROUNDS


def _fee(hall: Hall) -> Template:
    wordings = hall.services["fee_realtime"].wordings.values()
    names = [t for w in wordings if (t := w.on(VOICE)) and {"{now}", "{balance}"} <= set(_slots(t))]
    return names[0]


def _slots(template: Template) -> list[str]:
    return [f"{{{piece.name}}}" for piece in template.pieces if not isinstance(piece, str)]


def _measures(pack: Pack) -> Iterator[tuple[str, str]]:
    octets = pack.path.read_bytes()
    clips: list[tuple[Clip, Samples]] = []
    for entry in read_index(PROMPTS).entries:
        segment = pack.find(entry.clip)
        assert segment is not None
        clips.append((entry.clip, decode(octets[segment.offset : segment.offset + segment.length])))
    loud = [_loudness(samples) for _, samples in clips]
    yield "loudness of clips, dBFS: least, median, most", _three(loud, 1)
    yield (
        "highest peak, dBFS",
        f"{20 * np.log10(max(np.abs(s.astype(int)).max() for _, s in clips) / 32768):.1f}",
    )
    paces = [len(s) / SAMPLE_RATE / sum(c.isalnum() for c in clip.text) for clip, s in clips]
    yield "seconds a syllable: least, median, most", _three(paces, 2)
    yield "step at a joint, 16 bit: most (a step inside speech)", _steps(pack, clips)
    yield "silence at a joint of an amount, ms: least, median, most", _three(list(_holes(pack)), 0)
    yield "level above 3.4 kHz against all, dB, median", f"{np.median([_above(s) for _, s in clips]):.0f}"


def _three(values: list[float], places: int) -> str:
    return "  ".join(f"{value:.{places}f}" for value in (min(values), float(np.median(values)), max(values)))


def _loudness(samples: Samples) -> float:
    levels = frame_levels((samples / 32768).astype(np.float32))
    heard = levels[levels > levels.max() - 25]
    return float(10 * np.log10((10 ** (heard / 10)).mean()))


def _amounts(pack: Pack) -> Iterator[tuple[Samples, list[int]]]:
    """Amounts as they are played, and where their joints are."""
    voice = Voice([pack])
    slot = Template((Slot("it", Kind.MONEY),), _fee(_hall()).place)
    for fen in range(105, 1_000_000, 9_973):
        segments = voice.segments(slot, {"it": Value(Kind.MONEY, fen)})
        at = np.cumsum([segment.length for segment in segments])[:-1]
        yield sound(segments), [int(place) for place in at]


def _steps(pack: Pack, clips: list[tuple[Clip, Samples]]) -> str:
    seams = [
        abs(int(samples[place]) - int(samples[place - 1])) for samples, at in _amounts(pack) for place in at
    ]
    inside = max(int(np.abs(np.diff(samples.astype(int))).max()) for _, samples in clips)
    return f"{max(seams)} ({inside})"


def _holes(pack: Pack) -> Iterator[float]:
    for samples, at in _amounts(pack):
        quiet = frame_levels((samples / 32768).astype(np.float32)) < -62
        for place in at:
            frame, run = place // 40, 0
            for step in (-1, 1):
                look = frame if step == 1 else frame - 1
                while 0 <= look < len(quiet) and quiet[look]:
                    run, look = run + 1, look + step
            yield run * 5.0


def _above(samples: Samples) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    edge = int(3400 / 4000 * len(power))
    return float(10 * np.log10(power[edge:].sum() / power.sum()))


def _render() -> Iterator[tuple[str, str]]:
    from studio.worker import open_studio

    before = time.perf_counter()
    record = open_studio(ROOT / "var" / "voice" / "parts", PROMPTS / "pinyin.txt", Style())
    yield "voice loaded", f"{time.perf_counter() - before:.1f} s"
    text = "您的办理已收到，正在处理，结果会短信告知，请不要重复办理"
    for name, clips in (
        ("a sentence", [Clip(text)]),
        ("a phrase, both endings", [Clip("五十二元", e) for e in Ending]),
    ):
        before, cpu = time.perf_counter(), time.process_time()
        lasts = sum(len(samples) for _, samples in record(clips)) / SAMPLE_RATE
        took = time.perf_counter() - before
        yield f"{name} of {lasts:.1f} s rendered (CPU)", f"{took:.1f} s ({time.process_time() - cpu:.1f} s)"


if __name__ == "__main__":
    main()
