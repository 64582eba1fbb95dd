"""The act of editing a reading: one new row with author and reason, volumes made anew at once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings

from shuiheng.store import Lake
from shuiheng.store.edits import EditValues

# So long a page waits for another writer before it says that the lake is busy.
PATIENCE_S = 5.0


def edit_reading(
    *, by: str, reason: str, meter: str, at: datetime, action: str, values: EditValues
) -> int:
    """Record an edit, make the meter's volumes anew, and return the number of the edit.

    The lake is open for writing only as long as this takes. Recomputing is repeated by the next
    ``shuiheng readings vee`` if the machine stops between the two: the edit stays recorded.

    :raises LakeBusy: if another program writes and does not finish in time; nothing is recorded
    :raises WrongEdit: if the edit cannot be made
    """
    with Lake.open(Path(settings.HOME), patience_s=PATIENCE_S) as lake:
        number = lake.edit(meter, at, action, author=by, reason=reason, **values)
        lake.recompute([meter])
    return number
