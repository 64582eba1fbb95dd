"""The codes of findings the kernel can make, in the order of its tally, and its other numbers."""

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
    "vee.step_factor",
    "vee.stuck",
    "vee.idle",
    "vee.frozen_step",
    "vee.future_reading",
    "vee.clock_fault",
    "vee.clock_drift",
    "vee.negative_register",
    "vee.exchange",
    "vee.exchange_unmatched",
    "vee.peak",
    "vee.continuous_flow",
    "vee.night_flow",
    "vee.night_rise",
    "vee.unusual_day",
    "vee.scale_change",
)
(
    DUPLICATE_CONFLICT, GAP, ROLLOVER, RESET, FELL, REVERSE, MISREAD, SPIKE, FACTOR, STUCK, IDLE,
    FROZEN, FUTURE, CLOCK, DRIFT, NEGATIVE, EXCHANGE, EXCHANGE_UNMATCHED, PEAK, CONTINUOUS, NIGHT,
    NIGHT_RISE, UNUSUAL, SCALE,
) = range(len(CODES))  # fmt: skip

# The columns of a tally row: how often, first and last instant (s), litres concerned, an amount
# in the code's own measure (seconds, nights, per cent ...), and the largest single case.
TALLY = (
    "count", "first_s", "last_s", "volume_l", "amount",
    "worst_s", "worst_before", "worst_after", "worst_size",
)  # fmt: skip

# Classes of a step.
MEASURED, ESTIMATED, REVERSED = 0, 1, 2

# Qualities of readings, hours and periods, best first; the number is the rank.
QUALITIES = ("G", "A", "E", "S", "M", "X")
GOOD, ACCEPTED, ROUGH, SUSPECT, MISSING, REJECTED = range(6)

# How litres came to their place; the empty word is: measured.
METHODS = ("", "profile", "flat", "interpolated", "like_days", "usual_flow")
NO_METHOD, PROFILE, FLAT, INTERPOLATED, LIKE_DAYS, USUAL_FLOW = range(6)

# What people said about a reading, and what the kernel noticed about the last good one.
RAW, CONFIRMED, ENTERED, DOUBTED = 0, 1, 2, 3

# Kinds of a meter.
KINDS = ("register", "interval", "flow")

# Raised whenever the kernel may give other volumes or findings for the same readings, and
# whenever its carried state has another shape.
VERSION = 3
