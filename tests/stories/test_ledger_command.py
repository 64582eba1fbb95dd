"""Readings are verified, the chain is published, a reading is proven: through the command."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shuiheng.cli.readings import app
from shuiheng.cli.terminal import Refusal
from shuiheng.store import Lake
from shuiheng.store.ledger.tests.altering import HOUR, START, in_lake, small_lake


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger") / "home"
    small_lake(folder)
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home"))


def said(*words: str | Path, exit_code: int = 0) -> Any:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == exit_code, done.output + repr(done.exception)
    return json.loads(done.stdout) if "--json" in words else done.stdout


def refused(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert isinstance(done.exception, Refusal), done.output
    return str(done.exception)


def test_from_verification_to_a_proof(home: Path, tmp_path: Path) -> None:
    at = f"{START + 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert said("verify", "--home", home, "--json")["altered"] is False
    assert "not closed yet" in refused("prove", "A", at, "--home", home)
    with Lake.open(home) as lake:
        in_lake(lake, "UPDATE lake.parts SET received_at = TIMESTAMP '2024-02-02 03:00:00'")
    result = said("verify", "--home", home, "--json")
    assert (result["altered"], result["closed_now"]) == (False, ["2024-02-02"])

    chain, proof = tmp_path / "chain.json", tmp_path / "proof.json"
    published = said("ledger", "--home", home, "--out", chain, "--json")
    assert json.loads(chain.read_text()) == published
    value = published["days"][-1]["chain"]
    said("prove", "A", at, "--home", home, "--out", proof)
    assert "证明成立" in said("check-proof", proof, "--root", value)
    said("check-proof", proof, "--root", "00" * 32, exit_code=1)
    said("verify", "--home", home, "--published", chain)

    with Lake.open(home) as lake:
        in_lake(lake, "UPDATE lake.readings SET value_l = 1031 WHERE key = 0 AND value_l = 1030")
    found = said("verify", "--home", home, "--json", exit_code=1)["findings"]
    assert [one["code"] for one in found] == ["ledger.value_changed"]
    assert "1,030 升" in said("verify", "--home", home, exit_code=1)

    with Lake.open(home) as lake:  # whoever can write everywhere computes all anew
        in_lake(lake, "DELETE FROM lake.days", "DELETE FROM lake.seals")
    found = said("verify", "--home", home, "--published", chain, "--json", exit_code=1)["findings"]
    assert "ledger.published_differs" in {one["code"] for one in found}


def test_wrong_calls_are_refused(home: Path, tmp_path: Path) -> None:
    assert "is not a day" in refused("verify", "--day", "soon", "--home", home)
    other = tmp_path / "other.json"
    other.write_text("[]")
    assert "is no chain of days" in refused("verify", "--published", other, "--home", home)
    assert "No meter Z" in refused("prove", "Z", "2024-01-01", "--home", home)
    assert "cannot be read" in refused("check-proof", tmp_path / "none.json", "--root", "00")
    assert refused("verify", "--home", tmp_path / "nothing")


def test_today_stays_open(home: Path) -> None:
    assert said("ledger", "--close", "--home", home, "--json")["days"] == []
    with Lake.open(home) as lake:
        assert len(lake.close_days(datetime.now(UTC) + timedelta(days=1))) == 1
