"""What a text message means: which service, what is done with it, and with which inputs. Pure.

    match = recognise(hall, "取消彩铃")      # Match(how="keyword", service="crbt", action=CANCEL)

``hall`` is that of the subscriber's city. In order, the first that knows wins (messaging.md §4, R075, R110):

1. exact code (``0101``), exact keyword (``HF``), also without the politeness around it;
2. words with more than one meaning: asked (``密码``, ``TD``, ``HF10``); a code or keyword with the customer's
   own words behind it (``投诉 …``, :mod:`menus.matching.freetext`);
3. code or keyword with parameters (``0109 13674301528``, ``CZ`` + 18 digits, ``BGMM#old#new#new``);
4. verb and product (``QXCL``, ``取消彩铃``, ``彩铃多少钱``): the verb beats the noun;
5. keywords contained in the text, the longest first, Latin and digit ones only as whole tokens (R111);
6. words that were meant and not hit: pinyin, sounds, typing errors (:mod:`menus.matching.resembling`);
7. a question that the knowledge base answers (:mod:`menus.matching.topics`, R084);

Negation never opens: 不要开通彩铃 goes to the cancelling side, 不要取消彩铃 and 谁开的彩铃 to its state.
Where several services fit equally the match only names them (``how="ask"``, ``candidates``, at most three); a
bare 取消 or 开通 asks without candidates.

The index over a hall's keywords is built once and kept with that hall (``hall.derived``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from menus.matching import vocabulary as words
from menus.matching.bare import is_bare
from menus.matching.keywords import KeywordIndex, Meaning, index_of
from menus.matching.match import Match
from menus.matching.normal import clean, compact, cuts, digits, latin_tokens, stages
from menus.matching.parameters import named, parts, price
from menus.matching.sayings import SAYINGS, VAGUE, Saying
from menus.matching.spoken import asked, instead
from menus.matching.topics import QUESTION, topics_of
from menus.matching.verbs import cancels, without_verbs
from menus.model.hall import Goal, Hall, Target
from menus.model.specs import Action

LOOKED_AT = 300
"""Characters of a text in which contained keywords are looked for."""
SHORT_TEXT = 40
"""Characters of a text that may be nothing but a verb and a product."""
PRICE_DIGITS = 3
"""Of the monthly fee of a plan; longer ones are other numbers."""


def recognise(hall: Hall, text: str) -> Match:
    """What the text means to this hall. Never raises; any text is allowed, also an empty one."""
    index = index_of(hall)
    found = index.known.get(text)
    if found is None:
        tokens = clean(text)
        whole = compact(tokens)
        found = _asked_topic(index, text, whole, _recognise(index, text, tokens, whole))
        if found.changes and not is_bare(index, text, found):
            found = instead(index, whole, found)
        if text in hall.codes or text in index.exact:
            index.known[text] = found  # most texts are these very words; there are only so many of them
    return found


def _recognise(index: KeywordIndex, text: str, tokens: str, whole: str) -> Match:
    if not whole:
        return Match()
    bare = whole
    for bare in stages(whole, index.hall.number):
        found = _exact(index, bare)
        if found is not None:
            return found
    found = _ambiguous(index, whole, bare) or _opened(index, text, whole)
    if found is not None:
        return found
    found = _worded(index, tokens, whole)
    if found is None or found.how == "contained":
        found = _resembling(index, tokens, found)
    return found or _by_name(index, whole) or Match()


def _by_name(index: KeywordIndex, whole: str) -> Match | None:
    """To cancel what no keyword names: the customer's own list may have it (取消每日笑话)."""
    found = words.CANCEL_BY_NAME.fullmatch(whole)
    if found is None or words.NO_SERVICE.search(whole) or not index.can(words.OPENED, Action.CANCEL):
        return None
    return Match("contained", words.OPENED, Action.CANCEL, {"name": found["name"]})


def _asked_topic(index: KeywordIndex, text: str, whole: str, found: Match) -> Match:
    """The same, or the entry of the knowledge base that the text asks for: where it is asked about what has
    entries, where nothing else knew it or it would be asked back, where a word in it only had something
    shown (积分有效期多久), and where it asks about a change that has no information of its own."""
    if found.how == "code":
        return found
    topics = topics_of(index.hall)
    informs = found.service in topics.services and found.action in (None, Action.INFO)
    changes = found.action in (Action.OPEN, Action.CANCEL) and found.how in ("keyword", "contained")
    shows = found.action in (None, Action.QUERY) and found.how == "contained"
    if not topics.services or not (informs or changes or shows or found.how in ("none", "ask")):
        return found
    service = topics.meant(whole, found.service if informs else None, plainly=found.how != "none")
    if service is None or whole in words.ASK or (service == found.service and found.inputs):
        return found
    if changes and asked(whole) is not Action.INFO:
        return found
    how = found.how if service == found.service else "contained"
    return Match(how, service, Action.INFO, {QUESTION: text}, target=found.target)


def _resembling(index: KeywordIndex, tokens: str, found: Match | None) -> Match | None:
    """What was meant and not hit. Beside a word that was hit, only where nothing else is left in the text
    then: 掌尚营业厅 is more than its 营业厅."""
    for text in index.lookalikes.readings(tokens):
        read = _read_as(index, clean(text))
        if read is not None and (found is None or read.how == "keyword" or _is_wish(index, text, read)):
            return replace(read, how="ask" if read.how == "ask" else "contained")
    return found


def _is_wish(index: KeywordIndex, text: str, read: Match) -> bool:
    return read.changes and is_bare(index, text, read)


def _worded(index: KeywordIndex, tokens: str, whole: str) -> Match | None:
    found = _with_parameters(index, tokens, whole)
    if found is not None:
        return found
    action = words.verb(whole)
    return (
        _verb_and_product(index, tokens, whole, action)
        or _saying(index, SAYINGS, tokens, whole)
        or _contained(index, tokens, whole, action)
        or _saying(index, VAGUE, tokens, whole)
    )


def _read_as(index: KeywordIndex, tokens: str) -> Match | None:
    """What a text would mean that reads so; it was not written so."""
    whole = compact(tokens)
    plain = (found for bare in stages(whole, index.hall.number) if (found := _exact(index, bare)))
    return next(plain, None) or _ambiguous(index, whole, whole) or _worded(index, tokens, whole)


# ---- 1, 2: the whole text ----------------------------------------------------------------------------------
def _exact(index: KeywordIndex, word: str) -> Match | None:
    target = index.hall.codes.get(word)
    if target is not None:
        return _coded(index, target)
    if word in words.ASK and index.served(*words.ASK[word]):
        return Match("ask", candidates=index.served(*words.ASK[word]))
    meaning = index.exact.get(word)
    return None if meaning is None else index.matched("keyword", *meaning)


def _coded(index: KeywordIndex, target: Target, text: str = "") -> Match:
    if target.goal is Goal.SERVICE:
        return replace(index.matched("code", target.name, target.action, text, True), target=target)
    service = {Goal.AGENT: "agent", Goal.MENU: "main_menu" if target.name == "" else ""}.get(target.goal)
    return Match("code", service if service in index.hall.services else None, target=target)


def _ambiguous(index: KeywordIndex, whole: str, bare: str) -> Match | None:
    for pattern, services in words.ASK_PATTERNS:
        if pattern.fullmatch(whole) and index.served(*services):
            return Match("ask", candidates=index.served(*services))
    for verbs, action in ((words.CANCEL, Action.CANCEL), (words.OPEN, Action.OPEN)):
        if verbs.fullmatch(bare.removesuffix("业务").removesuffix("服务") or bare):
            return Match("ask", action=action)
    return Match("ask", action=words.CODE_VERBS[bare]) if bare in ("KT", "QX") else None


# ---- 3: commands with parameters ---------------------------------------------------------------------------
def _with_parameters(index: KeywordIndex, tokens: str, whole: str) -> Match | None:
    """A code or a Latin keyword, then something that is a parameter: parted by a sign, or glued on. Also a
    Chinese keyword before numbers alone, where that says what is opened (余额提醒 20元)."""
    head, rest = parts(tokens)
    if not rest:
        return _named_with(index, *named(tokens))
    if head in words.CODE_VERBS:
        return _verb_and_code(index, words.CODE_VERBS[head], digits(rest))
    head = digits(head)
    target = index.hall.codes.get(head)
    if target is not None and len(head) > 1:
        found = _coded(index, target, rest)
        if found.action is None and words.OPEN.fullmatch(rest) and index.can(target.name, Action.OPEN):
            found = replace(found, action=Action.OPEN)
    else:
        meaning = index.exact.get(head) if head.isascii() else None
        if meaning is None or not rest[0].isdecimal():
            return None
        found = _priced(
            index, index.matched("keyword", *meaning, text=rest, behind=True), price(rest) or rest
        )
    return _closing(index, found) if cancels(rest) else found


def _priced(index: KeywordIndex, found: Match, price: str) -> Match:
    """The same, or the plan of so many yuan that is meant."""
    plans = words.PRICED.get(found.service or "", "")
    if plans not in index.hall.services or not price.isdecimal() or len(price) > PRICE_DIGITS:
        return found
    return (
        found
        if found.action not in (None, Action.OPEN)
        else index.matched(found.how, plans, Action.OPEN, price, True)
    )


def _verb_and_code(index: KeywordIndex, action: Action, code: str) -> Match | None:
    """QX0205, KT0204."""
    target = index.hall.codes.get(code)
    if target is None or target.goal is not Goal.SERVICE or len(code) < 2:
        return None
    return index.matched("code", target.name, action)


def _named_with(index: KeywordIndex, head: str, rest: str) -> Match | None:
    """Only where the number decides between opening and the service's own page; all else is read as words."""
    service, action = index.exact.get(head, ("", None))
    if not rest or action is not None or not all(index.can(service, a) for a in (Action.OPEN, Action.CANCEL)):
        return None
    found = index.matched("keyword", service, None, rest, behind=True)
    return found if found.action is Action.OPEN and found.inputs else None


def _closing(index: KeywordIndex, found: Match) -> Match:
    """The same with a 取消 or 不要 beside it: nothing is done with what stands there, a card or a number."""
    if found.service is None or found.action not in (None, Action.OPEN):
        return found
    opens = found.action is Action.OPEN and not index.can(found.service, Action.CANCEL)
    return replace(found, action=Action.OPEN if opens else Action.CANCEL, inputs={})


def _opened(index: KeywordIndex, text: str, whole: str) -> Match | None:
    """A code or a keyword, then the customer's own words; or the number of a complaint alone."""
    if words.TICKET.fullmatch(whole) and words.STATUS in index.hall.services:
        return index.matched("keyword", words.STATUS, Action.QUERY, text)
    found = index.openings.find(text)
    if found is None:
        return None
    how = "code" if found.head in index.hall.codes else "keyword" if found.parted else "contained"
    target = index.hall.codes.get(found.head)
    inputs = {found.input: found.words} if found.input else {}
    return Match(how, found.service, found.action, inputs, target=target)


# ---- 4, 5: words in the text -------------------------------------------------------------------------------
def _verb_and_product(index: KeywordIndex, tokens: str, whole: str, action: Action | None) -> Match | None:
    """A verb, and nothing beside it but the product: as sure as a keyword of its own."""
    if action is None or len(whole) > SHORT_TEXT:
        return None
    number = index.hall.number
    for rest in (rest for stage in stages(whole, number) for rest in without_verbs(stage, number)):
        meaning = index.exact.get(rest)
        if meaning is None or rest in index.alone or words.WEAK.fullmatch(rest):
            continue
        if meaning[1] is None or (meaning[1] is action and action is not Action.CANCEL):
            return _done_with(index, "keyword", (meaning[0],), action, tokens)
    return None


def _saying(
    index: KeywordIndex,
    sayings: tuple[Saying, ...],
    tokens: str,
    whole: str,
) -> Match | None:
    whole = whole[:LOOKED_AT]
    written = frozenset(whole)
    for signs, pattern, service, action in sayings:
        if not signs.isdisjoint(written) and pattern.search(whole) and service in index.hall.services:
            return index.matched("contained", service, action, tokens)
    return None


def _contained(index: KeywordIndex, tokens: str, whole: str, action: Action | None) -> Match | None:
    if action in (None, Action.OPEN) and cancels(tokens):
        action = Action.CANCEL
    found = _found_inside(index, tokens[:LOOKED_AT])
    named = [f for f in found if not words.WEAK.fullmatch(f[0])]
    return (
        _named(index, named, action, tokens)
        or _asked(index, action, tokens, whole)
        or _named(index, found, action, tokens)
    )


def _named(index: KeywordIndex, found: list[Found], action: Action | None, tokens: str) -> Match | None:
    services = _longest(index, found, action)
    own = next((f[2] for f in found if f[1] in services[:1]), None)
    if action in (None, Action.OPEN):
        action = own or action  # 我发了QXCL: the command says what is to be done
    return _done_with(index, "contained", services, action, tokens) if services else None


def _asked(index: KeywordIndex, action: Action | None, tokens: str, whole: str) -> Match | None:
    """A word with more than one meaning in the text: asked, unless the verb settles it."""
    for word, candidates in words.ASK.items():
        if _stands_in(word, tokens, whole) and index.served(*candidates):
            meant = _hinted(word, action, whole)
            if meant in index.hall.services:
                asks = action if action in (Action.INFO, Action.QUERY) else None
                return index.matched("contained", str(meant), asks, tokens if price(tokens) else "")
            return Match("ask", candidates=index.served(*candidates))
    return None


def _hinted(word: str, action: Action | None, whole: str) -> str | None:
    """The one meaning that a verb, or another word in the text, leaves to a word of several."""
    hinted = (s for of, pattern, s in words.HINTS if of in word and pattern.search(whole))
    return next(hinted, None) or (words.SETTLED.get((word, action)) if action else None)


def _stands_in(word: str, tokens: str, whole: str) -> bool:
    return word in latin_tokens(tokens) if word.isascii() else word in whole


Found = tuple[str, str, Action | None]
"""Keyword, service, the keyword's own action."""


def _found_inside(index: KeywordIndex, tokens: str) -> list[Found]:
    """Keywords in the text that do not overlap, the longest first; a service once."""
    text = tokens.replace(" ", "")
    taken = [False] * len(text)
    found: dict[str, Found] = {}
    for keyword, at in _hits(index, text):
        if not any(taken[at : at + len(keyword)]):
            taken[at : at + len(keyword)] = [True] * len(keyword)
            service, action = index.inside[keyword]
            found.setdefault(service, (keyword, service, action))
    for token in latin_tokens(tokens):
        meaning = index.tokens.get(token) or _inside_code(index.hall, token)
        if meaning is not None:
            found.setdefault(meaning[0], (token, *meaning))
    return list(found.values())


def _inside_code(hall: Hall, token: str) -> Meaning | None:
    """A service's code of four digits or more somewhere in the text."""
    target = hall.codes.get(token) if len(token) >= 4 and token not in words.EXACT_ONLY else None
    return (target.name, target.action) if target is not None and target.goal is Goal.SERVICE else None


def _hits(index: KeywordIndex, text: str) -> Iterator[tuple[str, int]]:
    for length in index.lengths:
        for at in range(len(text) - length + 1):
            word = text[at : at + length]
            if word in index.inside and not cuts(text, at, at + length):
                yield word, at


def _longest(index: KeywordIndex, found: list[Found], action: Action | None) -> tuple[str, ...]:
    """The services that the longest keywords name. With a verb to open or cancel, those that can be."""
    if action in (Action.OPEN, Action.CANCEL):
        able = [f for f in found if f[2] is action or (f[2] is None and index.can(f[1], action))]
        found = able or found
        if able:
            return tuple(dict.fromkeys(f[1] for f in able))
    most = max((len(f[0]) for f in found), default=0)
    return tuple(dict.fromkeys(f[1] for f in found if len(f[0]) == most))


def _done_with(
    index: KeywordIndex, how: str, services: tuple[str, ...], action: Action | None, tokens: str
) -> Match:
    if len(services) > 1:
        if words.OPEN.search(tokens) and action is Action.CANCEL:
            action = None  # 开通彩铃 取消飞信: which is which is not for us to guess
        return Match("ask", action=action, candidates=index.served(*services))
    service = services[0]
    if action is Action.INFO and index.can(service, Action.QUERY) and not words.HOW.search(tokens):
        action = Action.INFO if index.can(service, Action.INFO) else Action.QUERY
    if action is Action.INFO and words.HOW_TO.get(service) in index.hall.services:
        return index.matched(how, words.HOW_TO[service], Action.INFO)
    match = _priced(index, index.matched(how, service, action, tokens), price(tokens))
    return _closing(index, match) if action is Action.CANCEL else match
