"""The readings commands in this process, and where the real readings lie."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shuiheng.cli import app
from shuiheng.cli.terminal import Refusal

REAL = Path(__file__).parents[3] / "shared" / "data" / "meters"
real = pytest.mark.skipif(
    not REAL.is_dir(), reason="../shared/data/meters is not here; the clone comes without it"
)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    said: str

    @property
    def json(self) -> Any:
        """The document the command printed."""
        return json.loads(self.out)


def readings(*words: object) -> Done:
    """Run ``shuiheng readings`` with these words."""
    done = CliRunner().invoke(app, ["readings", *map(str, words)])
    if isinstance(done.exception, Refusal):
        return Done(2, done.stdout, str(done.exception))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


def say(*words: object) -> Any:
    """Return what a command that goes well prints as JSON."""
    done = readings(*words, "--json")
    assert done.code == 0, done
    return done.json


def findings(home: Path) -> list[dict[str, Any]]:
    """Return all findings; a finding that blocks gives exit code 1, which is right here."""
    done = readings("findings", "--home", home, "--json")
    assert done.code in {0, 1}, done
    return list(done.json)


def counts(found: list[dict[str, Any]], code: str) -> Counter[str]:
    """Return how often a code was found, by meter."""
    each: Counter[str] = Counter()
    for finding in found:
        if finding["code"] == code:
            each[finding["meter"]] += finding["facts"]["count"]
    return each
