"""What an offer is bound to: a token that survives JSON, and whether it still fits."""

from __future__ import annotations

import json


def token(*words: str | int) -> str:
    return json.dumps(words, ensure_ascii=True, separators=(",", ":"))


def fits(offered: str, fresh: str) -> bool:
    """Whether what was offered still holds: the same thing at the same fee, and no more to pay now.

    The token of an opening is ``["open", product, fee, due, …]``; less to pay than was told is no harm.
    """
    try:
        old, new = json.loads(offered), json.loads(fresh)
    except ValueError:
        return False
    if not isinstance(old, list) or old[:1] != ["open"] or len(old) != len(new):
        return bool(old == new)
    same = old[:3] == new[:3] and old[4:] == new[4:]
    return bool(same and type(old[3]) is int and old[3] >= new[3])
