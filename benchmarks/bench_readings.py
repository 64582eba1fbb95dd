"""Readings against their rivals, on a million: ``make bench`` runs it.

All sizes and options: ``python -m benchmarks.readings --help``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    raise SystemExit(
        subprocess.run(
            [sys.executable, "-m", "benchmarks.readings", *sys.argv[1:]],
            cwd=Path(__file__).parents[1],
            check=False,
        ).returncode
    )
