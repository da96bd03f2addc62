"""Whoever asks which channel it is, is found, however he does it."""

from __future__ import annotations

import pytest

from tests.house.channels import OWN, SAME_WORDS, TRAITS, which_channel
from tests.house.picture import CHANNEL_ROOMS, sources
from tests.house.source import Source

FROM = "from menus.model.channels import CHANNELS, SMS, VOICE, WEB"
BAD = {
    "by identity": f"{FROM}\nx = channel is VOICE",
    "by equality": f"{FROM}\nx = session.channel == SMS",
    "by its name": 'x = channel.name == "voice"',
    "by its name, the other way round": 'x = "voice" != turn.session.channel.name',
    "by its name, whatever that is": "x = channel.name == wanted",
    "by its title": "x = channel.title == wanted",
    "by its wordings": 'x = "voice" in channel.wordings',
    "by its first wording": "x = channel.wordings[0] == wanted",
    "by its name as text": "x = str(channel) == wanted",
    "by its name in a text": 'x = f"{channel}" == wanted',
    "by its name in small letters": "x = channel.name.lower() == wanted",
    "by its name's length": "x = len(channel.name) == 5",
    "by its name, got otherwise": 'x = getattr(channel, "name") == wanted',
    "by what its name begins with": 'x = channel.name.startswith("v")',
    "by a pattern": 'import re\nx = re.match("v.*", channel.name)',
    "by an operator's function": f"import operator\n{FROM}\nx = operator.is_(channel, VOICE)",
    "by a method of it": f"{FROM}\nx = VOICE.__eq__(channel)",
    "by a name that it was given": 'name = channel.name\nif name == "web":\n    pass',
    "in capitals": 'x = kind == "VOICE"',
    "one of several": f"{FROM}\nx = channel in (VOICE, WEB)",
    "one of several, by name": 'x = channel.name in {"voice", "web"}',
    "one of several, elsewhere": f"{FROM}\nHEARD = frozenset((VOICE,))\nx = channel in HEARD",
    "one of several names, elsewhere": 'HEARD = frozenset({"voice"})',
    "one of a list": "x = channel in self.heard",
    "another one": "x = channel is not other.channel",
    "as a condition": f"{FROM}\nif VOICE:\n    pass",
    "as a module's condition": "from menus.model import channels\nx = 1 if channels.VOICE else 2",
    "as half a condition": f"{FROM}\nx = ready and SMS",
    "through the module": "from menus.model import channels\nx = channel is channels.VOICE",
    "through the whole module": "import menus.model.channels\nx = channel is menus.model.channels.VOICE",
    "through another module's name": "import menus.model.channels as c\nx = it is c.VOICE",
    "by another name": "from menus.model.channels import VOICE as V\nx = it is V",
    "by a name of its own": f"{FROM}\nTALK = VOICE\nx = it is TALK",
    "by an attribute's name": 'from menus.model import channels\nx = it is getattr(channels, "VOICE")',
    "by the registry": f'{FROM}\nx = it is CHANNELS["voice"]',
    "a neighbour's": f"{FROM}\nfrom counter import settling\nx = it is settling.SMS",
    "under another name": "def f(where: Channel):\n    return where.name == wanted",
    "under another name, if at all": "def f(where: Channel | None):\n    return where.name in HEARD",
    "under a name that it was given": "where = turn.channel\nx = HEARD[where.name]",
    "one after the other": "x = [each for each in channels if each.name in HEARD]",
    "one of all": f"{FROM}\nfor each in CHANNELS.values():\n    x = each.name == wanted",
    "lent by a neighbour": "from sms.gateway import SMS",
    "matched": "match channel:\n    case _:\n        pass",
    "matched by name": 'match channel.name:\n    case "voice":\n        pass',
    "matched by a name of a name": 'match kind:\n    case "voice" | "web":\n        pass',
    "matched by value": "from menus.model import channels\nmatch it:\n    case channels.VOICE:\n        pass",
    "matched by class": 'match it:\n    case Channel(name="voice"):\n        pass',
    "a table by name": 'HEARD = {"voice": 1, "sms": 2}',
    "a table by name and others": 'HEARD = {"voice": 1, "*": 2}',
    "a table by channel": f"{FROM}\nHEARD = {{VOICE: 1}}",
    "a table by a channel's name": f"{FROM}\nHEARD = {{SMS.name: 1}}",
    "a table by keywords": "HEARD = dict(voice=1, sms=2)",
    "looked up by name": "x = HEARD[channel.name]",
    "looked up by name, or not": "x = HEARD.get(turn.channel.name, 0)",
    "looked up by a channel": f"{FROM}\nx = HEARD[VOICE]",
    "looked up by a word": 'x = HEARD["voice"]',
    "a function by name": 'x = getattr(self, f"say_{channel}")()',
    "a field": "class Asked:\n    voice: bool = False",
    "a field that may be missing": "class Asked:\n    by_sms: bool | None = None",
    "a parameter": "def ask(text, *, is_voice: bool = False): ...",
    "an argument": "ask(text, voice=True)",
    "a question": "def is_voice(it) -> bool: ...",
}
GOOD = {
    "a trait": "if channel.texted and not channel.read:\n    pass",
    "another trait": "x = channel.by is By.KEY",
    "a channel as a value": f"{FROM}\nx = wording.on(SMS)",
    "its name as a value": f"{FROM}\nx = Row(SMS.name, session.channel.name)",
    "all of them": f"{FROM}\nx = [each.title for each in CHANNELS.values() if each.timed]",
    "found by its name": f"{FROM}\nx = CHANNELS.get(written, None) or CHANNELS[written]",
    "here and by SMS": f"{FROM}\nx = [wording.on(each) for each in (channel, SMS)]",
    "is there one": "x = channel is None",
    "another kind of voice": "from business.port import DetailKind\nx = kind is DetailKind.VOICE",
    "an origin": "from business.port import Origin\nx = {Origin.VOICE: 1, Origin.SMS: 2}",
    "a name of all": 'key = f"pages {channel.name} {menu.path}"\nx = kept.get(key)',
    "a page": "x = rows[: channel.page]",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("name", ["menus/dialogue/x.py", "counter/x.py", "server/x.py", "peers/testing/x.py"])
def test_it_is_found(name: str, text: str) -> None:
    assert list(which_channel(Source(name, text))) != []


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_what_asks_for_a_trait_is_not(text: str) -> None:
    assert list(which_channel(Source("menus/dialogue/x.py", text))) == []


def test_the_place_is_told() -> None:
    (found,) = which_channel(Source("counter/x.py", "\n" + BAD["by its name"]))
    assert found == "counter/x.py:2: compared: ask for a trait of the channel"


@pytest.mark.parametrize("room", CHANNEL_ROOMS)
def test_a_channels_own_room_may_know_which_rows_are_its_own_and_no_others(room: str) -> None:
    own = OWN.get(room, room).upper()
    for name in ("VOICE", "SMS", "WEB"):
        text = f"{FROM}\nx = row.channel != {name}.name"
        assert bool(list(which_channel(Source(f"{room}/x.py", text)))) is (name != own)


@pytest.mark.parametrize("name", [*SAME_WORDS, TRAITS])
def test_what_is_let_off_needs_it(name: str) -> None:
    (source,) = [each for each in sources() if each.name == name]
    assert list(which_channel(source)) == []
    assert list(which_channel(Source(name.replace(".py", "_.py"), source.text))) != []
