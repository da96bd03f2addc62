"""Secrets on the disk: not in clear, and back again with the same key only."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.seal import Sealer


def test_a_secret_comes_back_after_a_restart_and_stands_nowhere_in_clear(tmp_path: Path) -> None:
    sealed = Sealer(tmp_path / "hall.key").seal("123456789012345678")
    assert "123456789012345678" not in sealed
    assert Sealer(tmp_path / "hall.key").unseal(sealed) == "123456789012345678"
    assert stat.S_IMODE((tmp_path / "hall.key").stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["hall.key"]


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    sealed = Sealer(tmp_path / "one.key").seal("secret")
    with pytest.raises(ValueError, match="another key"):
        Sealer(tmp_path / "two.key").unseal(sealed)


@pytest.fixture(scope="module")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> Sealer:
    return Sealer(tmp_path_factory.mktemp("seal") / "hall.key")


@given(text=st.text())
def test_any_text(sealer: Sealer, text: str) -> None:
    assert sealer.unseal(sealer.seal(text)) == text


def test_what_was_never_sealed_is_left_alone(sealer: Sealer) -> None:
    assert sealer.unseal("13900000001") == "13900000001"


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 44, b"a" * 45])
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "hall.key"
    file.write_bytes(content)
    with pytest.raises(OSError, match="this is no key") as caught:
        Sealer(file)
    assert caught.value.filename == str(file)


def test_digests_are_keyed_by_the_same_file(tmp_path: Path) -> None:
    one, other = Sealer(tmp_path / "a.key"), Sealer(tmp_path / "b.key")
    assert one.digest_key == Sealer(tmp_path / "a.key").digest_key
    assert one.digest_key != other.digest_key
    assert len(one.digest_key) == 32
