"""The board of a plan: targets, tasks, verdicts."""

from shuiheng.core.board.judging import Judgement, Point, Verdict, judge, judge_threshold, limit_of
from shuiheng.core.board.rows import Board, Evidence, Group, TargetRow, TaskRow, sentence

__all__ = [
    "Board",
    "Evidence",
    "Group",
    "Judgement",
    "Point",
    "TargetRow",
    "TaskRow",
    "Verdict",
    "judge",
    "judge_threshold",
    "limit_of",
    "sentence",
]
