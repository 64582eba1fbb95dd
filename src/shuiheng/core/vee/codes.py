"""The codes of findings the kernel can make, in the order of its tally."""

from __future__ import annotations

CODES = (
    "vee.duplicate_conflict",
    "vee.gap",
    "vee.rollover",
    "vee.reset_suspected",
    "vee.register_fell",
    "vee.reverse_flow",
    "vee.misread",
    "vee.spike",
    "vee.stuck",
    "vee.future_reading",
    "vee.clock_fault",
    "vee.negative_register",
    "vee.exchange",
    "vee.exchange_unmatched",
    "vee.continuous_flow",
    "vee.scale_change",
)
(
    DUPLICATE_CONFLICT, GAP, ROLLOVER, RESET, FELL, REVERSE, MISREAD, SPIKE, STUCK, FUTURE,
    CLOCK, NEGATIVE, EXCHANGE, EXCHANGE_UNMATCHED, CONTINUOUS, SCALE,
) = range(len(CODES))  # fmt: skip

# The columns of a tally row: how often, first and last instant (s), litres concerned, an amount
# in the code's own measure (seconds, nights, per cent ...), and the largest single case.
TALLY = (
    "count", "first_s", "last_s", "volume_l", "amount",
    "worst_s", "worst_before", "worst_after", "worst_size",
)  # fmt: skip

# Classes of a step.
MEASURED, ESTIMATED, REVERSED = 0, 1, 2

# Kinds of a meter.
KINDS = ("register", "interval", "flow")

# The columns of a period's row: litres (volume, measured, estimated, reverse), then seconds
# (covered by steps, bridged by gaps), suspect steps, and seconds whose share is only estimated.
(
    P_VOLUME, P_MEASURED, P_ESTIMATED, P_REVERSE, P_COVERED, P_GAP, P_SUSPECT, P_ROUGH,
) = range(8)  # fmt: skip
P_WIDTH = 8

# Raised whenever the kernel may give other volumes or findings for the same readings.
VERSION = 1
