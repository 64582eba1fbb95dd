"""Water accounts: booking volumes, totals by method, intensity and its fall."""

from shuiheng.core.accounts.booking import DailyVolumes, book
from shuiheng.core.accounts.intensity import comparable_value, intensity, intensity_drop
from shuiheng.core.accounts.ledger import Accounts
from shuiheng.core.accounts.model import (
    LOSS,
    SOURCES,
    USES,
    Binding,
    DeclaredMonth,
    Line,
    User,
)
from shuiheng.core.accounts.sectors import (
    filled_part,
    intake_by_user,
    ledger_residual,
    metered_part,
    part_of,
    reuse_rate,
)
from shuiheng.core.accounts.totals import METHOD_TITLES, METHODS, total_use

__all__ = [
    "LOSS",
    "METHODS",
    "METHOD_TITLES",
    "SOURCES",
    "USES",
    "Accounts",
    "Binding",
    "DailyVolumes",
    "DeclaredMonth",
    "Line",
    "User",
    "book",
    "comparable_value",
    "filled_part",
    "intake_by_user",
    "intensity",
    "intensity_drop",
    "ledger_residual",
    "metered_part",
    "part_of",
    "reuse_rate",
    "total_use",
]
