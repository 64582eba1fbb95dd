"""``shuiheng serve`` refuses what would surprise somebody, and says what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.cli.serve import check_home, check_host, check_port, is_loopback
from shuiheng.cli.terminal import Refusal


def test_a_taken_port_is_refused_with_another_to_choose() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        with pytest.raises(Refusal, match=f"--port {port + 1}"):
            check_port("127.0.0.1", port)


def test_a_free_port_is_taken() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    check_port("127.0.0.1", port)


def test_an_address_that_is_not_here_is_refused() -> None:
    with pytest.raises(Refusal):
        check_port("203.0.113.7", 8000)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "office.example"])
def test_other_machines_are_let_in_only_when_asked(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUIHENG_ALLOWED_HOSTS", "")
    with pytest.raises(Refusal, match="--allow-remote"):
        check_host(host, allow_remote=False)
    check_host(host, allow_remote=True)


@given(st.text(max_size=20))
def test_only_this_machine_is_loopback(host: str) -> None:
    if is_loopback(host):
        assert host == "localhost" or host.strip("[]").startswith(
            ("127.", "::1", "0:", "::ffff:127")
        )


def test_a_folder_without_a_district_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="shuiheng demo"):
        check_home(tmp_path)
