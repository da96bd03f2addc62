"""Settings: what is read, what overrides what, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from counter.conversation import Timeouts
from counter.guesses import GuessLimits
from counter.notices import Hours
from ivr.talk import FixedWordings
from menus.model.hall import Hall
from server.halls import LoadedHalls, load
from server.settings import Settings, override, read_settings
from server.smsc_links import SmscLink
from server.telephone import sip_settings
from server.values import Address, PortRange, SettingsError, parse_address, parse_ports
from sms.care import NoticeConfig
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


def test_promos_can_be_left_off(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "[sms]\npromos_a_day = 0\n")).promos_a_day == 0


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, '[sip]\nlisten = "127.0.0.1:5070"\n'))
    assert override(settings, sip=Address("127.0.0.1", 6000), http=None).sip.port == 6000
    assert override(settings, sip=None).sip.port == 5070
    with pytest.raises(SettingsError, match=r'^--database: .*write "sqlite:///var/x.db"'):
        override(settings, database="var/x.db")


SLIPS = [
    ("[business]\nat_once = 'many'",
     'business.at_once: "many" is not a whole number above 0; write one, without quotes'),
    ("[business]\nat_once = '64'",
     'business.at_once: "64" is not a whole number above 0; write it without quotes, like 64'),
    ("[business]\nat_once = true", "business.at_once: true is not a whole number above 0; write one"),
    ("[business]\ndeadline = 20",
     "business.deadline = 20 must be below server.patience_deadline = 15: make the one"),
    ("[server]\npatience_wait = 20", "server.patience_wait = 20 must be below server.patience_deadline = 15"),
    ("[sip]\ntrusted_share = 5", "sip.trusted_share = 5 must not be below sip.address_share = 10"),
    ("[sip]\nagent = 'agent'",
     'sip.agent: "agent" is no SIP address; write one with its host, like "sip:agent@'),
    ("[sip]\nagent = 'agent@10.0.0.7'", 'like "sip:agent@10.0.0.7"'),
    ("[sip]\nagent = 'http://10.0.0.7/'", 'sip.agent: "http://10.0.0.7/" is no SIP address'),
    ("[sip]\nagent = ''", 'sip.agent: "" is no SIP address'),
    ("[sip]\nadvertise = '300.1.1.1'", 'sip.advertise: "300.1.1.1" is no IP address; write one without port'),
    ("[sip]\nadvertise = '192.0.2.10:5060'", 'sip.advertise: "192.0.2.10:5060" is no IP address'),
    ("[sip]\nvanished_after = 1e-300", "sip.vanished_after: 1e-300 is not a number of 1 or more; write one"),
    ("[sms]\npromos_a_day = -1", "sms.promos_a_day: -1 is not a whole number, 0 or more; write one"),
    ("[sms]\npromos_a_day = 'x'",
     'sms.promos_a_day: "x" is not a whole number, 0 or more; write one, without quotes or unit'),
    ("[sms]\npromos_a_day = '0'", "is not a whole number, 0 or more; write it without quotes, like 0"),
    ("[sms]\npromos_a_day = 0.4", "sms.promos_a_day: 0.4 is not a whole number, 0 or more; write 0, say"),
    ("[sms]\npromos_a_day = true", "sms.promos_a_day: true is not a whole number, 0 or more; write one"),
    ("[business]\nat_once = '0'",
     'business.at_once: "0" is not a whole number above 0; write one, without quotes or unit'),
    ("[business]\ncache_seconds = '5s'",
     'business.cache_seconds: "5s" is not a number, 0 or more; write one, without quotes or unit'),
    ("[business]\ncache_seconds = 1" + "0" * 400, "is not a number, 0 or more; write one"),
    ("[sip]\nvanished_after = '30 s'", 'sip.vanished_after: "30 s" is not a number of 1 or more; write one'),
    ("[sip]\naddress_share = '10%'",
     'sip.address_share: "10%" is not a number above 0, 100 at the most; write one, without quotes or unit'),
    ("[sip]\naddress_share = 0", "sip.address_share: 0 is not a number above 0, 100 at the most; write one"),
    ("[business]\ndeadline = '4s'",
     'business.deadline: "4s" is not a number above 0; write one, without quotes or unit'),
    ("[business]\ncache_seconds = -1", "business.cache_seconds: -1 is not a number, 0 or more; write one"),
    ("[business]\noptions = 3", "business.options: 3 is no table; write [business.options]"),
    ("[business.options]\nthreads = [4]",
     "business.options.threads: write a text, a number, true or false"),
    ("[business.options]\ntoken = 'sesame'",
     "business.options.token: a secret stands in a file of its own; write token_file"),
    ("[business]\ndata = 3", 'business.data: 3 is no text; write it in quotes, like "3"'),
    ("[business]\ndata = ''", 'business.data: "" names no file; write its name, or take the line out'),
    ("[bussiness]\ndeadline = 4", "unknown section [bussiness]; did you mean [business]?"),
    ("[smss]", "unknown section [smss]; did you mean [sms] or [[smsc]]?"),
    ("[[smss]]\naddress = '10.0.0.5:2775'", "unknown section [smss]; did you mean [sms] or [[smsc]]?"),
    ("[demo_smcs]", "unknown section [demo_smcs]; did you mean [demo_smsc]"),
    ("[phones]\nmax_calls = 5", "unknown section [phones]; did you mean [sip]?"),
    ("[colours]", "unknown section [colours]; there are [sip], [console], [web], [agents], [sms], [guesses]"),
    ("[business.optoins]", "unknown key business.optoins; did you mean options in [business]?"),
    ("colour = 1", "unknown key colour; write one of the sections [sip], [console]"),
    ("guesses = 5",
     "guesses: a table is meant; write [guesses], and below it its keys (by_number, by_trunk,"),
    ("care = true", "care: a table is meant; write [care], and below it its keys (enabled, from_hour,"),
    ("[care]\nenabled = 'yes'",
     'care.enabled: "yes" is neither true nor false; write one of them, without quotes'),
    ("[care]\nfrom_hour = '8:00'", 'care.from_hour: "8:00" is not an hour; write a whole number from 0 to'),
    ("[care]\nfrom_hour = 20\nuntil_hour = 8", "care.from_hour = 20, care.until_hour = 8: write two hours"),
    ("[sip]\nlisten = 5070", 'sip.listen: 5070 is not HOST:PORT in quotes, for example "127.0.0.1:5070"'),
    ("[sip]\nlisten = '5060'", "sip.listen: '5060' is not HOST:PORT, for example 127.0.0.1:5060"),
    ("[sip]\nlisten = '127.0.0.1:99999'", "sip.listen: '127.0.0.1:99999' is not HOST:PORT, for example"),
    ("[sip]\nlisten = '0.0.0.0:5060'", "sip.advertise is missing: SIP listens on every address"),
    ("[sip]\nlistn = '127.0.0.1:1'", "unknown key sip.listn; did you mean listen in [sip]?"),
    ("[sip]\ncolour = 1", "unknown key sip.colour; [sip] has listen, advertise, rtp_ports"),
    ("[sip]\nrtp_ports = [20000, 30000]",
     "sip.rtp_ports: [20000, 30000] is not FIRST-LAST in quotes, for example"),
    ("[sip]\nrtp_ports = '9-10'",
     "sip.rtp_ports: '9-10' must lie in 1024-65535 and hold at least one pair, for example"),
    ("[sip]\nrtp_ports = '30000-20000'", "sip.rtp_ports: '30000-20000' must lie in 1024-65535"),
    ("[sip]\ntrusted = ['10.0.0.1/8']",
     'sip.trusted: "10.0.0.1/8" is one machine and a network at once; write '
     '"10.0.0.0/8" for the network, or "10.0.0.1/32" for this machine alone'),
    ("[sip]\ntrusted = ['2001:db8::1/32']", 'write "2001:db8::/32" for the network, or "2001:db8::1/128"'),
    ("[sip]\ntrusted = ['10.0.0.300/8']",
     "sip.trusted: '10.0.0.300/8' is no network; write an address and how many"),
    ("[sip]\ntrusted = '10.0.0.0/8'",
     'sip.trusted: "10.0.0.0/8" is no list; write one, for example ["127.0.0.0/8"]'),
    ("[sip]\nmax_calls = 0", "sip.max_calls: 0 is not a whole number above 0; write one"),
    ("[sip]\nmax_calls = 1.5", "sip.max_calls: 1.5 is not a whole number above 0; write 2, say"),
    ("[sip]\naddress_share = 101", "sip.address_share: 101 is not a number above 0, 100 at the most; write"),
    ("[console]\nnames = ['http://hall.example.net/']",
     "console.names: 'http://hall.example.net/' is no host's name"),
    ("[server]\nlog_level = 'loud'",
     'server.log_level: "loud" is none of "debug", "info", "warn", "error"; write one'),
    ("[server]\ndrain_deadline = nan", "server.drain_deadline: nan is not a number above 0"),
    ("[server]\npatience_wait = inf", "server.patience_wait: inf is not a number above 0"),
    ("[sms]\nnumber = 10086", 'sms.number: 10086 is not a number in quotes, for example "10086"'),
    ("[sms]\nnumber = '营业厅'", 'sms.number: "营业厅" is not a number in quotes, for example "10086"'),
    ("[sms]\nkeep_trying = '72h'",
     'sms.keep_trying: "72h" is not a number above 0; write one, without quotes or unit'),
    ("[store]\nurl = 'var/hall.db'",
     'store.url: this is no database\'s address; write "sqlite:///var/hall.db" for a file'),
    ("[business]\nurl = 'var/boss.db'",
     'business.url (--business-database): this is no database\'s address; write "sqlite:///var/boss.db"'),
    ("[store]\nurl = 'sqlite://var/hall.db'",
     'store.url: this is no database\'s address; write "sqlite:///var/hall.db"'),
    ("[store]\nurl = 'mysql://u:sesame@h/d'",
     'write "sqlite:///var/hall.db" for a file, or "postgresql://USER@HOST'),
    ("smsc = '10.0.0.5:2775'", "smsc: write [[smsc]], in double brackets, one such table a link"),
    ("[smsc]\naddress = '10.0.0.5:2775'",
     "smsc: write [[smsc]], in double brackets, one such table a link"),
    ("[[smsc]]\nsystem_id = 'x'", 'smsc 1: address is missing, for example address = "10.0.0.5:2775"'),
    ("[[smsc]]\naddress = '127.0.0.1:1'\npassword = 'x'",
     "smsc 1: unknown key 'password'; did you mean password_file?"),
    ("[[smsc]]\naddress = '127.0.0.1:1'\npassword_file = 5",
     "smsc 1 password_file: 5 is no text; write it in quotes"),
    ("[[smsc]]\naddress = '127.0.0.1:1'\npassword_file = '/no/such'",
     "cannot read the secret from /no/such: No such"),
    ("[[smsc]]\naddress = 2775",
     'smsc 1 address: 2775 is not HOST:PORT in quotes, for example "127.0.0.1:2775"'),
    ("[[smsc]]\naddress = '127.0.0.1:1'\nname = 'a'\n[[smsc]]\naddress = '127.0.0.1:2'\nname = 'a'",
     'smsc: two links are both called "a"; change one of them'),
    ("[[smsc]]\naddress = 'a:1'\nnumbers = ['139']\n[[smsc]]\naddress = 'b:2'\nnumbers = ['138', '139']",
     'smsc: two links are both for "139"; change one of them'),
    ("[[smsc]]\naddress = '127.0.0.1:1'\nnumbers = '139'",
     "smsc 1 numbers: write what its numbers begin with, as a list of texts"),
    ("[[smsc]]\naddress = '127.0.0.1:1'\nnumbers = [139]", "as a list of texts, for example"),
    ("[[smsc]]\naddress = '127.0.0.1:1'\ntls = 'yes'", 'smsc 1 tls: "yes" is neither true nor false'),
    ("[[smsc]]\naddress = '127.0.0.1:1'\nca_file = '/x.pem'",
     "smsc 1 ca_file: it is read for TLS only; write tls = true"),
    ("[[smsc]]\naddress = '127.0.0.1:1'\ntls = true\nca_file = '/no/such.pem'",
     "smsc 1 ca_file: /no/such.pem: No such file or directory"),
    ("[[smsc]]\naddress = '127.0.0.1:1'\nper_second = '20'",
     'smsc 1 per_second: "20" is not a number, 0 or more; write it without quotes, like 20'),
    ("[[smsc]]\naddress = '127.0.0.1:1'\nname = 'a b'", "smsc 1 name: write it in letters, digits and"),
    ("[sip", '(at line 1, column 5); a line is [section] or key = value, texts in "quotes"'),
    ("[sip]\nlisten = 127.0.0.1:5060", 'texts in "quotes"'),
    ("a = " + "[" * 20_000, "lists stand within lists without end"),
    ("[sip]\nmax_calls = " + "9" * 5_000, 'texts in "quotes"'),
    ('[menus]\nfile = "a\\u0000b"', "menus.file: a control character stands in it"),
    ('[store]\nurl = "sqlite:///a\\u0000b"', "store.url: a control character stands in it"),
    ('[sip]\nadvertise = "10.0.0.1\\r\\nX: y"', "sip.advertise: a control character stands in it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), SLIPS)
def test_a_slip_is_told_with_the_file_the_key_and_what_to_write(tmp_path: Path, text: str, told: str) -> None:
    file = written(tmp_path, f"{text}\n")
    with pytest.raises(SettingsError) as caught:
        read_settings(file)
    assert str(caught.value).startswith(f"{file}: "), caught.value
    assert told in str(caught.value)
    assert "sesame" not in str(caught.value)


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
    with pytest.raises(SettingsError, match=r"business\.deadline|care\.from_hour"):
        Settings(**times)  # type: ignore[arg-type]


def test_a_part_that_is_told_nothing_keeps_to_the_settings_own_limits() -> None:
    usual = Settings()
    assert Timeouts() == Timeouts(wait=usual.patience_wait, deadline=usual.patience_deadline)
    assert FixedWordings().wait_after == usual.patience_wait
    assert GuessLimits() == GuessLimits(
        caller=usual.guesses_by_number,
        trunk=usual.guesses_by_trunk,
        victim=usual.guesses_at_number,
        in_all=usual.guesses_in_all,
    )
    assert NoticeConfig() == NoticeConfig(Hours(usual.care_from, usual.care_until), usual.care_per_second)
    gateway = GatewayConfig()
    assert (gateway.number, gateway.promos_a_day, gateway.keep_trying) == (
        usual.number,
        usual.promos_a_day,
        usual.keep_trying * 3600,
    )


def test_both_halls_have_the_same_number() -> None:
    settings = Settings(number="10010")
    assert sip_settings(settings).user == "10010"
    assert LoadedHalls(menu_of(settings)).newest.number == "10010"


def menu_of(settings: Settings) -> Hall:
    loaded = load(Path(__file__).parents[2] / settings.menus, settings.number)
    assert loaded.hall is not None
    return loaded.hall
