"""Settings: what is read, what overrides what, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter.conversation import Patience
from counter.guesses import Limits
from counter.notices import Hours
from ivr.talk import Words
from menus.model.hall import Hall
from server.halls import Halls, load
from server.settings import (
    Address,
    PortRange,
    Settings,
    SettingsError,
    SmscLink,
    override,
    parse_address,
    parse_ports,
    read_settings,
)
from server.telephone import sip_settings
from sms.care import CareConfig
from sms.gateway import GatewayConfig


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "hall.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_no_file_gives_the_defaults_on_loopback() -> None:
    settings = read_settings(None)
    assert settings.sip == Address("127.0.0.1", 5060)
    assert settings.http == Address("127.0.0.1", 8086)
    assert settings.smsc == ()
    assert settings.business_url == "sqlite:///var/business.db"


def test_a_file_and_its_smsc_links(tmp_path: Path) -> None:
    secret = tmp_path / "smsc.password"
    secret.write_text("sesame\n")
    settings = read_settings(
        written(
            tmp_path,
            f"""
[sip]
listen = "127.0.0.1:5070"
rtp_ports = "30000-30999"
trusted = ["10.0.0.0/8"]
[[smsc]]
address = "127.0.0.1:2775"
system_id = "hall"
password_file = "{secret}"
window = 10
""",
        )
    )
    assert settings.sip.port == 5070
    assert settings.rtp_ports == PortRange(30000, 30999)
    (link,) = settings.smsc
    assert (link.system_id, link.password, link.window) == ("hall", "sesame", 10)
    assert "sesame" not in repr(settings)


def test_what_the_back_office_itself_is_given(tmp_path: Path) -> None:
    settings = read_settings(
        written(
            tmp_path,
            """
[business]
name = "boss"
cache_seconds = 0
deadline = 4
[business.options]
token_file = "/etc/hall10086/boss.token"
connections = 8
verify = true
""",
        )
    )
    assert (settings.business, settings.business_url) == ("boss", None)
    assert (settings.cache_seconds, settings.business_deadline) == (0.0, 4.0)
    assert settings.business_options == {
        "token_file": "/etc/hall10086/boss.token",
        "connections": 8,
        "verify": True,
    }


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, '[sip]\nlisten = "127.0.0.1:5070"\n'))
    assert override(settings, sip=Address("127.0.0.1", 6000), http=None).sip.port == 6000
    assert override(settings, sip=None).sip.port == 5070


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[sip]\nlisten = 5060\n", "sip.listen: write it in quotes"),
        ('[sip]\nlisten = "5060"\n', "is not HOST:PORT"),
        ('[sip]\nlistn = "127.0.0.1:1"\n', "unknown key sip.listn"),
        ('[sip]\nrtp_ports = "9-10"\n', "must lie in 1024-65535"),
        ('[sip]\ntrusted = ["10.0.0.300/8"]\n', "sip.trusted"),
        ("[sip]\nmax_calls = 0\n", "not a number above 0"),
        ("[sip]\nmax_calls = 1.5\n", "not a whole number"),
        ("[sip]\naddress_share = 101\n", "more than 100"),
        ('[server]\nlog_level = "loud"\n', "'loud' is none of debug, info, warn, error"),
        ("[sip\n", "hall.toml"),
        ("[server]\ndrain_deadline = nan\n", "not a number above 0"),
        ("[server]\npatience_wait = inf\n", "not a number above 0"),
        ('[sms]\nnumber = "营业厅"\n', "not a number in quotes"),
        ('[sms]\nnumber = ""\n', "not a number in quotes"),
        ("[business]\ncache_seconds = -1\n", "not a number above 0"),
        ("[business]\noptions = 3\n", "write a table [business.options]"),
        ("[business.options]\nthreads = [4]\n", "business.options.threads: write a text, a number"),
        ("[business.options]\ntoken = 'sesame'\n", "business.options.token: a secret stands in a file"),
        ("[[smsc]]\nsystem_id = 'x'\n", "address is missing"),
        ("[[smsc]]\naddress = '127.0.0.1:1'\npassword = 'x'\n", "unknown key 'password'"),
    ],
)
def test_a_mistake_names_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(written(tmp_path, text))
    assert "hall.toml" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("login", [{"system_id": "x" * 16}, {"password": "十"}, {"password": "x" * 9}])
def test_a_login_that_no_bind_can_carry_is_told_at_once_and_not_shown(login: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="characters at the most") as caught:
        SmscLink(Address("127.0.0.1", 2775), **login)  # type: ignore[arg-type]
    assert next(iter(login.values())) not in str(caught.value)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(SettingsError, match="No such file"):
        read_settings(Path("no/such/hall.toml"))


def test_addresses_and_ports() -> None:
    assert parse_address("[::1]:5060", "--sip") == Address("::1", 5060)
    assert str(Address("::1", 5060)) == "[::1]:5060"
    assert parse_ports("20000-20001", "--rtp-ports") == PortRange(20000, 20001)
    assert Settings(database="postgresql://h/db").business_url == "postgresql://h/db"


@pytest.mark.parametrize(
    "times",
    [
        {"business_deadline": 15.0},
        {"patience_deadline": 5.0},
        {"care_from": 20, "care_until": 10},
        {"care_from": 9, "care_until": 25},
    ],
)
def test_times_that_do_not_fit_each_other(times: dict[str, float]) -> None:
    with pytest.raises(SettingsError, match=r"business\.deadline|care: from_hour"):
        Settings(**times)  # type: ignore[arg-type]


def test_a_part_that_is_told_nothing_keeps_to_the_settings_own_limits() -> None:
    usual = Settings()
    assert Patience() == Patience(wait=usual.patience_wait, deadline=usual.patience_deadline)
    assert Words().wait_after == usual.patience_wait
    assert Limits() == Limits(
        caller=usual.guesses_by_number,
        trunk=usual.guesses_by_trunk,
        victim=usual.guesses_at_number,
        in_all=usual.guesses_in_all,
    )
    assert CareConfig() == CareConfig(Hours(usual.care_from, usual.care_until), usual.care_per_second)
    gateway = GatewayConfig()
    assert (gateway.number, gateway.promos_a_day, gateway.keep_trying) == (
        usual.number,
        usual.promos_a_day,
        usual.keep_trying * 3600,
    )


def test_both_halls_have_the_same_number() -> None:
    settings = Settings(number="10010")
    assert sip_settings(settings).user == "10010"
    assert Halls(menu_of(settings)).newest.number == "10010"


def menu_of(settings: Settings) -> Hall:
    loaded = load(Path(__file__).parents[2] / settings.menus, settings.number)
    assert loaded.hall is not None
    return loaded.hall
