"""Pictures for the documentation: ``make screenshots`` runs this on the demonstration district.

The board goes to ``docs/assets/board.png``; every page kind, in both languages, light and dark,
wide and narrow, goes to ``var/screenshots`` to be looked at.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.screenshots import main  # noqa: E402 - the folder must be known first

if __name__ == "__main__":
    sys.exit(main([*sys.argv[1:], "--board", str(ROOT / "docs/assets/board.png")]))
