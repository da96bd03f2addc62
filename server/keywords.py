"""A text that customers write made a keyword in the editor's menu file: checked, then written, or told."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import click

from menus.matching.adding import changed, taken, unfit
from menus.matching.match import Match
from menus.matching.matcher import recognise
from menus.model.hall import Hall
from menus.model.specs import Action
from menus.reading.adding import Added, with_keyword
from menus.reading.knowledge import KNOWLEDGE
from server.halls import LoadedMenu, load
from server.shipped import PLACES

SHOWN = 8
DONE, NOT, CANNOT = 0, 1, 2


class NoKeyword(click.ClickException):
    """It is not made one; the message says why."""

    exit_code = NOT


def make_keyword(file: Path, keyword: str, code: str) -> int:
    """Make it one, and say so; the exit status. Raises NoKeyword."""
    keyword = " ".join(keyword.split())
    try:
        raw = file.read_bytes()
        loaded = load(file)
    except OSError as error:
        click.echo(f"{error.filename}: {error.strerror}", err=True)
        return CANNOT
    hall = loaded.hall
    if hall is None:
        raise NoKeyword(f"{file} 有错误，先运行 hall10086 check")
    service, action = _meant(hall, code)
    if _is_so(hall, keyword, service, action):
        click.echo(f"“{keyword}”已经是{hall.services[service].title}的关键词。")
        return DONE
    path = ("services", service) if action is None else ("services", service, action.value)
    text = raw.decode("utf-8")
    added = with_keyword(text, path, keyword)
    if added is None:
        return _by_hand(file, path, keyword)
    _check(hall, _read_again(file, added), keyword, (service, action))
    return _save(file, added, keyword, hall.services[service].title)


def _meant(hall: Hall, code: str) -> tuple[str, Action | None]:
    """The service that a code, a keyword of it or its id names, and the action where KTCL names one."""
    if code in hall.services:
        return code, None
    found = recognise(hall, code)
    if found.how not in ("code", "keyword") or found.service is None:
        raise NoKeyword(f"“{code}”不是业务编号，也不是关键词")
    target = hall.codes.get(code.strip())
    own = target.action if target is not None else hall.keywords.get(code.strip().upper(), ("", None))[1]
    return found.service, own


def _is_so(hall: Hall, keyword: str, service: str, action: Action | None) -> bool:
    """Whether it is this keyword already. Raises NoKeyword where it means something else, or can be none."""
    why = unfit(hall, keyword)
    if why is not None:
        raise NoKeyword(f"“{keyword}”不能作关键词：{why}")
    found = taken(hall, keyword)
    if found is None:
        return False
    if found.service == service and action in (None, found.action):
        return True
    raise NoKeyword(f"“{keyword}”已经是{_called(hall, found)}的说法，不能再给别的业务")


def _called(hall: Hall, found: Match) -> str:
    service = hall.services.get(found.service or "")
    return service.title if service is not None else "菜单"


def _read_again(file: Path, added: Added) -> LoadedMenu:
    """The menu as it would be, with the knowledge base beside it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        copy.write_bytes(added.text.encode("utf-8"))
        beside = file.with_name(f"{KNOWLEDGE}.yaml")
        if beside.is_file() and beside != file:
            shutil.copyfile(beside, copy.with_name(beside.name))
        return load(copy)


def _check(hall: Hall, again: LoadedMenu, keyword: str, meant: tuple[str, Action | None]) -> None:
    """Raises NoKeyword where the menu could not be read then, or something would mean another thing."""
    if again.hall is None:
        raise NoKeyword(f"加上“{keyword}”，菜单就有错误：{again.errors[0].message if again.errors else ''}")
    others = changed(hall, again.hall)
    if others:
        listed = "、".join(others[:SHOWN]) + ("等" if len(others) > SHOWN else "")
        raise NoKeyword(f"加上“{keyword}”，这些说法的意思就变了：{listed}。没有改动")
    found = recognise(again.hall, keyword)
    if found.service != meant[0]:
        raise NoKeyword(f"加上“{keyword}”也认不出来，请换一个说法。没有改动")


def _by_hand(file: Path, path: tuple[str, ...], keyword: str) -> int:
    where = " 下 ".join(path)
    click.echo(f"{file} 的写法不便自动改，没有改动。请在 {where} 的 keywords: 后面加上：{keyword}")
    return NOT


def _save(file: Path, added: Added, keyword: str, title: str) -> int:
    """Write it, whole or not at all; the hall that is shipped is nobody's to change."""
    here = f"{file}:{added.line}: {added.written.strip()}"
    if file.resolve().parent == PLACES[0].resolve():
        click.echo(f"这是随程序带来的菜单，没有改动。先运行 hall10086 init，再在自己的菜单里改：\n{here}")
        return NOT
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_bytes(added.text.encode("utf-8"))
        shutil.copymode(file, beside)
        os.replace(beside, file.resolve())
    except OSError as error:
        beside.unlink(missing_ok=True)
        click.echo(f"{file} 不能写（{error.strerror}），没有改动。请自己改成：\n{here}")
        return NOT
    click.echo(f"“{keyword}”现在是{title}的关键词：\n{here}")
    return DONE
