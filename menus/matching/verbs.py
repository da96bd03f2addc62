"""What is done in a text, and what is left of it without that. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from menus.matching import vocabulary as words
from menus.matching.normal import latin_tokens, stages
from menus.model.specs import Action


def cancels(tokens: str) -> bool:
    """Whether the text cancels, also by a Latin word of its own: QX KTCL, 0204 TD, 0204 取消."""
    strongest = words.verb(tokens.replace(" ", ""))
    return strongest is Action.CANCEL or bool(words.CANCEL_TOKENS & latin_tokens(tokens))


def without_verbs(text: str, number: str) -> Iterator[str]:
    """What is left when one verb is taken out, then two, of a text (定制账单 is a noun with a verb in it)."""
    verbs = (words.CANCEL, words.INFO, words.OPEN, words.QUERY, words.CODE_VERB)
    once = [(rest, v) for v in verbs if (rest := v.sub("", text, count=1)) not in ("", text)]
    for rest, _ in once:
        yield from stages(rest, number)
    for rest, taken in once:
        for verb in verbs:
            if verb is not taken and (less := verb.sub("", rest, count=1)) not in ("", rest):
                yield from stages(less, number)
