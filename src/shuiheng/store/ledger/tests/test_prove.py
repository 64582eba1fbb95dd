"""Proofs: one for every row, checked by the product and by the script in the docs alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuiheng.store import Lake
from shuiheng.store.ledger import (
    Day,
    NoProof,
    ProofFails,
    as_text,
    check_proof,
    close_days,
    closed_days,
    prove,
)

from .altering import HOUR, START, catalog_of, in_lake, rows, seal_rest, small_lake

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[5] / "docs" / "how-to" / "prove-a-reading.md"
METERS = {"A": 70, "B": 70, "C": 40}


def script() -> str:
    found = re.findall(r"```python\n(# check_proof\.py\n.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proofs") / "home"
    small_lake(folder)
    with Lake.open(folder) as opened:
        in_lake(opened, *(f"UPDATE lake.parts SET received_at = TIMESTAMP '2024-02-0{part + 1} "
                          f"03:00:00' WHERE part = {part}" for part in (1, 2)))  # fmt: skip
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        catalog_of(opened).commit(lambda cursor: close_days(cursor, tomorrow))
    return folder


@pytest.fixture(scope="module")
def lake(home: Path) -> Iterator[Lake]:
    with Lake.open(home, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def days(lake: Lake) -> list[Day]:
    return closed_days(catalog_of(lake).cursor())


@pytest.fixture(scope="module")
def proof(lake: Lake) -> dict[str, Any]:
    return prove(catalog_of(lake), "B", START + 20 * HOUR)


def holds_by_script(text: bytes, published: str, folder: Path) -> bool:
    """Run the script as it stands in the docs, in a Python without the project."""
    (folder / "check_proof.py").write_text(script(), encoding="utf-8")
    (folder / "proof.json").write_bytes(text)
    done = subprocess.run(
        [sys.executable, "-I", "check_proof.py", "proof.json", published],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


def holds_here(text: bytes, published: str) -> bool:
    """Run the same script within this process, for many tries."""
    said: list[str] = []

    class Stop(Exception):
        pass

    def leave(message: str) -> None:
        raise Stop(message)

    class System:
        argv = ["check_proof.py", "proof.json", published]
        exit = staticmethod(leave)

    class File:
        def __init__(self, *_: str) -> None:
            self.read = lambda: text

    source = script().replace("import hashlib, json, struct, sys", "import hashlib, json, struct")
    try:
        exec(source, {"sys": System, "open": File, "print": said.append})
    except (Stop, KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return False
    except Exception as wrong:
        if type(wrong).__module__ == "struct":
            return False
        raise
    return bool(said)


def test_the_script_is_short() -> None:
    assert len([line for line in script().splitlines() if line.strip()]) <= 30


def test_the_script_accepts_a_good_proof_and_nothing_else(
    proof: dict[str, Any], days: list[Day], tmp_path: Path
) -> None:
    text, chain = as_text(proof).encode(), days[0].chain.hex()
    assert holds_by_script(text, chain, tmp_path)
    assert not holds_by_script(text, days[1].chain.hex(), tmp_path)
    assert not holds_by_script(text.replace(b"2200", b"2201"), chain, tmp_path)
    assert holds_here(text, chain)


def test_every_row_has_a_proof_that_holds(lake: Lake, days: list[Day]) -> None:
    chains = {day.day.isoformat(): day.chain.hex() for day in days}
    for meter, count in METERS.items():
        for place in (0, 24, 39, 40, count - 1):
            if place >= count:
                continue
            made = prove(catalog_of(lake), meter, START + place * HOUR)
            text = as_text(made)
            said = check_proof(text, chains[made["day"]])
            assert (said["meter"], said["at"]) == (meter, (START + place * HOUR).isoformat())
            assert holds_here(text.encode(), chains[made["day"]])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_changed_byte_fails(
    proof: dict[str, Any], days: list[Day], data: st.DataObject
) -> None:
    text, chain = bytearray(as_text(proof).encode()), days[0].chain.hex()
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[place]))
    assert not holds_here(bytes(text), chain)
    try:
        told = bytes(text).decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(ProofFails):
        check_proof(told, chain)


@pytest.mark.parametrize(
    ("field", "value"),
    [("meter", "A"), ("value_l", 2_201), ("at", "2024-02-01T06:00:01+00:00"), ("part", 2),
     ("block", 1), ("rows", 121), ("algorithm", "sm3"), ("day", "2024-02-03"), ("path", []),
     ("day_path", [["left", "00" * 32]]), ("previous", "11" * 32), ("format", "other")],
)  # fmt: skip
def test_a_forged_field_fails(
    proof: dict[str, Any], days: list[Day], field: str, value: Any
) -> None:
    forged = as_text({**proof, field: value})
    assert not holds_here(forged.encode(), days[0].chain.hex())
    with pytest.raises(ProofFails):
        check_proof(forged, days[0].chain.hex())


def test_the_days_root_is_accepted_too(proof: dict[str, Any], days: list[Day]) -> None:
    assert check_proof(as_text(proof), days[0].root.hex().upper())["day"] == "2024-02-02"


def test_what_cannot_be_proven_is_refused_with_the_reason(lake: Lake) -> None:
    with pytest.raises(NoProof, match="No meter Z"):
        prove(catalog_of(lake), "Z", START)
    with pytest.raises(NoProof, match="no reading at 2024-01-31 18:00:01; the nearest are at"):
        prove(catalog_of(lake), "A", START + timedelta(seconds=1))


def test_an_open_day_and_an_altered_part_give_no_proof(home: Path, tmp_path: Path) -> None:
    with Lake.open(Path(shutil.copytree(home, tmp_path / "home"))) as lake:
        lake.append(rows("D"), source="x", batch="three")
        seal_rest(lake)
        with pytest.raises(NoProof, match=r"not closed yet\. A day can be closed from 20"):
            prove(catalog_of(lake), "D", START)
        in_lake(lake, "UPDATE lake.readings SET value_l = 5 WHERE value_l = 1100")
        with pytest.raises(NoProof, match="names it"):
            prove(catalog_of(lake), "A", START)
