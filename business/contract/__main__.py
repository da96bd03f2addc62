"""The process in which promises are run: ``python -m business.contract``, for ``hall10086 contract``.

It reads one JSON object from standard input (``name``, ``url``, ``options``, ``promises``, ``deadline``) and
writes one a line to standard output: ``{"begin": id}``, then ``{"promise": id, "kept": …, "why": …,
"seconds": …}``, and last ``{"end": true}``, or ``{"cannot": why}``. What a back office prints goes to
standard error. Whoever started it ends it when a promise blocks for good.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TextIO, cast

from business.contract.bench import NotATestSystem
from business.contract.benches import find_bench
from business.contract.promises import Promise, promises
from business.contract.run import run

if TYPE_CHECKING:
    from business.reactor import IBackOfficeReactor


def _announced(wanted: list[Promise], out: TextIO) -> Iterator[Promise]:
    for promise in wanted:
        _write(out, {"begin": promise.id})
        yield promise


def _write(out: TextIO, line: dict[str, Any]) -> None:
    out.write(json.dumps(line, ensure_ascii=False) + "\n")
    out.flush()


def main() -> None:
    from twisted.internet import reactor

    job = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1)  # noqa: SIM115  # its last words are not lost
    asked = set(job["promises"])
    wanted = [promise for promise in promises() if promise.id in asked]
    try:
        bench = find_bench(
            job["name"], job["url"], reactor=cast("IBackOfficeReactor", reactor), **job["options"]
        )
        for verdict in run(_announced(wanted, out), bench, job["deadline"]):
            _write(out, asdict(verdict))
    except NotATestSystem as why:
        _write(out, {"cannot": f"this is no empty test system: {why}"})
    except (LookupError, ValueError) as why:  # no such back office, or not with this URL
        _write(out, {"cannot": str(why)})
    except Exception as why:
        _write(out, {"cannot": f"{type(why).__name__}: {why}"})
    else:
        _write(out, {"end": True})


if __name__ == "__main__":
    main()
