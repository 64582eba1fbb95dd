"""Texts of government plans to tasks, units with roles, targets and doubts."""

from shuiheng.core.plan_text.clauses import units_of
from shuiheng.core.plan_text.formats import DocumentText, text_of
from shuiheng.core.plan_text.model import Plan, RoleClause, Target, Task, roles_json
from shuiheng.core.plan_text.pack import pack_of
from shuiheng.core.plan_text.parse import parse_plan
from shuiheng.core.plan_text.unreadable import UnreadableDocument
from shuiheng.core.plan_text.vocabulary import Vocabulary

__all__ = [
    "DocumentText",
    "Plan",
    "RoleClause",
    "Target",
    "Task",
    "UnreadableDocument",
    "Vocabulary",
    "pack_of",
    "parse_plan",
    "roles_json",
    "text_of",
    "units_of",
]
