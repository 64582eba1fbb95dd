"""Booking: daily volumes and declarations become lines of the account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from shuiheng.basics import Finding, Level
from shuiheng.core.accounts.ledger import Accounts
from shuiheng.core.accounts.model import LOSS, Binding, DeclaredMonth, Line, User

_BOOKED = {"intake", "import", "export", "delivery", "reclaimed", "return"}
_NETWORK_IN = {"intake": 1, "import": 1, "export": -1}

Days = npt.NDArray[np.datetime64]
Litres = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DailyVolumes:
    """Daily volumes of many meters: five arrays of one length.

    ``meter`` indexes ``numbers``; ``day`` is datetime64[D] (Shanghai days); the others are litres,
    and ``measured_l + estimated_l == volume_l``.
    """

    numbers: tuple[str, ...]
    meter: npt.NDArray[np.int32]
    day: Days
    volume_l: Litres
    measured_l: Litres
    estimated_l: Litres

    def by_meter(self) -> Mapping[str, tuple[Days, Litres, Litres, Litres]]:
        """Return each meter's days, volumes, measured and estimated parts, in order of days."""
        if not len(self.meter):
            return {}
        order = np.lexsort((self.day, self.meter))
        meter = self.meter[order]
        cuts = np.flatnonzero(np.diff(meter)) + 1
        parts = (
            np.split(column[order], cuts)
            for column in (self.day, self.volume_l, self.measured_l, self.estimated_l)
        )
        firsts = meter[np.concatenate(([0], cuts))]
        return {
            self.numbers[number]: columns
            for number, columns in zip(firsts, zip(*parts, strict=True), strict=True)
        }


def book(
    *,
    users: Iterable[User],
    bindings: Iterable[Binding],
    daily: DailyVolumes,
    declared: Iterable[DeclaredMonth] = (),
) -> Accounts:
    """Book every volume once and return the account.

    A self-supplied user's intake is supply and use at once; a waterworks' intake is supply of its
    network, whose deliveries are use; what is left of the network in a month is loss. A volume
    that belongs to no known user is not booked and becomes a finding.
    """
    known = {user.number: user for user in users}
    lines: list[Line] = []
    findings: list[Finding] = []
    volumes = daily.by_meter()
    for binding in bindings:
        if binding.role not in _BOOKED:
            continue
        user = known.get(binding.user)
        if user is None:
            findings.append(_unknown(binding.meter, binding.user))
            continue
        if binding.meter in volumes:
            for month, *litres in _months(volumes[binding.meter], binding):
                lines.extend(_metered(month, litres, binding, user))
    for row in declared:
        user = known.get(row.user)
        if user is None:
            findings.append(_unknown("", row.user))
            continue
        lines.extend(_declared(row, user))
    losses, negative = _losses(lines, known)
    return Accounts(tuple(lines + losses), known, (*findings, *negative))


def _months(
    columns: tuple[Days, Litres, Litres, Litres], binding: Binding
) -> Iterator[tuple[date, int, int, int]]:
    days, volume, measured, estimated = columns
    first = np.searchsorted(days, np.datetime64(binding.since, "D"))
    last = np.searchsorted(days, np.datetime64(binding.until, "D")) if binding.until else len(days)
    if first >= last:
        return
    months = days[first:last].astype("datetime64[M]")
    starts = np.concatenate(([0], np.flatnonzero(np.diff(months).astype(np.int64)) + 1))
    sums = [np.add.reduceat(column[first:last], starts) for column in (volume, measured, estimated)]
    for place, start in enumerate(starts):
        month = months[start].astype("datetime64[D]").astype(date)
        yield month, int(sums[0][place]), int(sums[1][place]), int(sums[2][place])


def _metered(month: date, litres: list[int], binding: Binding, user: User) -> Iterator[Line]:
    volume, measured, estimated = litres
    use = binding.use or user.use
    source = binding.source or ("S3" if binding.role == "reclaimed" else "S1")
    network = binding.supplier or (user.number if user.kind == "waterworks" else "")
    sign = -1 if binding.role == "export" else 1
    numbers = (sign * volume, sign * measured, sign * estimated, 0)

    def line(side: str, use_code: str) -> Line:
        return Line(
            month, side, user.number, user.town, source, use_code, *numbers,
            "measured", binding.meter, network,
        )  # fmt: skip

    match binding.role:
        case "intake" | "import" | "export":
            yield line("supply", "" if network else use)
            if not network:
                yield line("use", use)
        case "delivery":
            yield line("use", use)
        case "reclaimed":
            yield line("supply", use)
            yield line("use", use)
        case "return":
            yield line("return", use)


def _declared(row: DeclaredMonth, user: User) -> Iterator[Line]:
    estimated = row.volume_l if row.basis != "declared" else 0
    network = user.number if user.kind == "waterworks" else ""

    def line(side: str, use_code: str) -> Line:
        return Line(
            row.month, side, user.number, user.town, row.source, use_code, row.volume_l, 0,
            estimated, row.volume_l - estimated, row.basis, "", network,
        )  # fmt: skip

    if row.side == "intake":
        yield line("supply", "" if network else user.use)
        if not network:
            yield line("use", user.use)
    else:
        yield line(row.side, user.use)


def _losses(lines: list[Line], users: Mapping[str, User]) -> tuple[list[Line], list[Finding]]:
    """Return what is left of each network in each month, and findings where it is negative."""
    left: dict[tuple[str, date, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    source_of: dict[str, str] = {}
    for line in lines:
        if not line.supplier or line.side not in {"supply", "use"}:
            continue
        sign = 1 if line.side == "supply" else -1
        if line.side == "supply":
            source_of.setdefault(line.supplier, line.source)
        parts = left[line.supplier, line.month, ""]
        for place, litres in enumerate(
            (line.volume_l, line.measured_l, line.estimated_l, line.declared_l)
        ):
            parts[place] += sign * litres
    losses, findings = [], []
    for (network, month, _), (volume, _, estimated, declared) in sorted(left.items()):
        works = users.get(network)
        town = works.town if works else ""
        soft = min(abs(estimated), abs(volume))
        told = min(abs(declared), abs(volume) - soft)
        sign = 1 if volume >= 0 else -1
        losses.append(
            Line(
                month, "loss", network, town, source_of.get(network, "S1"), LOSS, volume,
                volume - sign * (soft + told), sign * soft, sign * told, "residual", "", network,
            )
        )  # fmt: skip
        if volume < 0:
            findings.append(
                Finding(
                    "accounts.negative_loss", Level.WARNS,
                    f"{works.name if works else network} {month:%Y-%m} 售水量大于供水量 "
                    f"{-volume / 1000:,.0f} m³:请核对抄表周期与总表。",
                    f"Network {network} delivered more than it took in {month:%Y-%m}, by "
                    f"{-volume / 1000:,.0f} m3: check reading cycles and the master meters.",
                    {"network": network, "month": month.isoformat(), "volume_l": volume},
                )
            )  # fmt: skip
    return losses, findings


def _unknown(meter: str, user: str) -> Finding:
    what = f"水表 {meter}" if meter else "申报水量"
    return Finding(
        "accounts.unknown_user", Level.BLOCKS,
        f"{what} 所属用水户 {user} 未登记，水量未入账。",
        f"{'Meter ' + meter if meter else 'A declaration'} belongs to {user}, who is not "
        "registered; its volume is not booked.",
        {"meter": meter, "user": user},
    )  # fmt: skip
