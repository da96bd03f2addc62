"""A pinyin syllable to the phonemes that Kokoro was trained on.

    phonemes("qian2")      # "ʨʰjɛ↗n"

The model learned Mandarin in the transcription of misaki (Apache-2.0), which goes back to pinyin-to-ipa
(MIT); what that writes for every syllable is locked in ``tests/voice/syllables.tsv``. The tone is an arrow
behind the vowel: → level (first tone), ↗ rising, ↓ low, ↘ falling, none for the neutral tone.
"""

from __future__ import annotations

import re
from typing import Final

TONES: Final = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
INITIALS: Final = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f",
    "d": "t", "t": "tʰ", "n": "n", "l": "l",
    "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ",
    "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ",
    "z": "ʦ", "c": "ʦʰ", "s": "s",
    "": "",
}  # fmt: skip
FINALS: Final = {
    "a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0",
    "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ", "o": "wo0", "ong": "ʊ0ŋ", "ou": "ou0",
    "i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0", "ie": "je0",
    "in": "i0n", "ing": "i0ŋ", "iong": "jʊ0ŋ", "iou": "jou0",
    "u": "u0", "ua": "wa0", "uai": "wai0", "uan": "wa0n", "uang": "wa0ŋ",
    "uei": "wei0", "uen": "wə0n", "ueng": "wə0ŋ", "uo": "wo0",
    "ü": "y0", "üan": "ɥɛ0n", "üe": "ɥe0", "ün": "y0n",
}  # fmt: skip
"""0 is where the tone goes."""
BUZZED: Final = "ɨ0"  # the vowel of zhi, chi, shi, ri, zi, ci, si
WHOLE: Final = {
    "er": "ɚ0", "o": "ɔ0", "io": "jɔ0", "ê": "ɛ0",
    "m": "m0", "n": "n0", "ng": "ŋ0", "hm": "hm0", "hng": "hŋ0", "yo": "wo0", "wong": "ʊ0ŋ",
}  # fmt: skip
"""Interjections and syllables without a vowel."""
SHORT: Final = {"iu": "iou", "ui": "uei", "un": "uen"}  # as they are written behind an initial
_PARTS = re.compile(r"([zcs]h|[bpmfdtnlgkhjqxrzcs]|)([a-züê]+)")


def phonemes(syllable: str) -> str:
    """Phonemes of ``syllable``, its tone behind it (1-5). Raises ValueError for what is none."""
    plain, tone = syllable[:-1].replace("v", "ü"), syllable[-1:]
    sound = _whole(plain)
    if sound is None or tone not in TONES:
        raise ValueError(f"{syllable!r} is no pinyin syllable with its tone, for example qian2")
    return sound.replace("0", TONES[tone])


def _whole(plain: str) -> str | None:
    """Initial and final; None if there is no such syllable."""
    if plain in WHOLE:
        return WHOLE[plain]
    parts = _PARTS.fullmatch(_spelled_out(plain))
    if parts is None:
        return None
    initial, final = parts[1], parts[2]
    final = SHORT.get(final, final) if initial else final
    if final == "i" and initial in {"zh", "ch", "sh", "r", "z", "c", "s"}:
        return INITIALS[initial] + BUZZED
    if initial in {"j", "q", "x"} and final.startswith("u"):
        final = {"uen": "ün"}.get(final, "ü" + final[1:])
    return INITIALS[initial] + FINALS[final] if final in FINALS else None


def _spelled_out(plain: str) -> str:
    """Without the y and w that stand for i, u and ü at a syllable's head."""
    if plain.startswith("yu"):
        return "ü" + plain[2:]
    if plain.startswith("y"):
        return plain[1:] if plain[1:].startswith("i") else "i" + plain[1:]
    if plain.startswith("w"):
        return plain[1:] if plain[1:].startswith("u") else "u" + plain[1:]
    return plain
