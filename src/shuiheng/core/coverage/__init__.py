"""Coverage: declared values and counts as figures, and one figure as a share of another."""

from shuiheng.core.coverage.shares import as_figure, counted, quotient, told

__all__ = ["as_figure", "counted", "quotient", "told"]
