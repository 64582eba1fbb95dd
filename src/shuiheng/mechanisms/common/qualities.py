"""The quality of readings and volumes in words: letters, methods, edits, and findings in short."""

from __future__ import annotations

from django.utils.translation import gettext as _

# Letters of quality (handbook 2 §2.2), the best first, as a legend lists them.
LETTERS = {
    "G": "合格",
    "A": "人工确认",
    "E": "估算",
    "S": "存疑",
    "X": "剔除",
    "M": "缺失",
    "U": "未检",
}
LETTERS_ABOUT = {
    "G": "由通过检查的读数算出",
    "A": "由人工录入或人工确认的读数算出",
    "E": "总量由前后读数确定，各时段是估算的；或整段估算",
    "S": "由读数算出，但这一步可疑（复位、下降、冲突等）",
    "X": "跨越不可能的跳变，读数剔除，复读前按平时流量估算",
    "M": "没有读数，也没有估算；不是零",
    "U": "读数已收到，还没有计入水量",
}
METHODS = {
    "": "实测",
    "profile": "按本表一周各时的用水规律分摊",
    "flat": "均摊到各时",
    "interpolated": "短缺口内插",
    "like_days": "参照同类日",
    "usual_flow": "按平时流量",
    "average_day": "按平均日",
    "check_meter": "总表减其余分表",
}
ACTIONS = {
    "correct": "更正读数",
    "reject": "剔除读数",
    "accept": "确认读数属实",
    "add": "补录读数",
    "scale": "改正倍率",
    "withdraw": "撤回更正",
}
# What a finding is called where there is no room for its sentence.
SHORT = {
    "vee.duplicate_conflict": "同时刻读数冲突",
    "vee.gap": "缺读",
    "vee.rollover": "过零",
    "vee.reset_suspected": "疑似复位",
    "vee.register_fell": "读数下降",
    "vee.reverse_flow": "倒流",
    "vee.misread": "误读",
    "vee.spike": "跳变",
    "vee.step_factor": "一步差若干倍",
    "vee.stuck": "停走",
    "vee.idle": "有人处久不用水",
    "vee.frozen_step": "增量长期相同",
    "vee.future_reading": "未来时刻",
    "vee.clock_fault": "时钟异常",
    "vee.clock_drift": "时钟漂移",
    "vee.negative_register": "读数为负",
    "vee.exchange": "换表",
    "vee.exchange_unmatched": "换表无对应读数",
    "vee.peak": "单小时突高",
    "vee.continuous_flow": "整日不停水",
    "vee.night_flow": "夜间不停水",
    "vee.night_rise": "夜间流量抬升",
    "vee.unusual_day": "异常的一天",
    "vee.scale_change": "倍率改变",
    "silent": "没有读数",
    "weak": "估算偏多",
}
SUSPECT = frozenset("SXU")


def letter_words(letter: str) -> str:
    """Return what a letter of quality is called."""
    return _(LETTERS[letter]) if letter in LETTERS else letter


def method_words(method: str) -> str:
    """Return how a volume was made, in words."""
    return _(METHODS[method]) if method in METHODS else method


def short(code: str) -> str:
    """Return what a finding is called in short; a new code stands as it is."""
    return _(SHORT[code]) if code in SHORT else code.removeprefix("vee.").replace("_", " ")


def action_words(action: str) -> str:
    """Return what an edit does, in words."""
    return _(ACTIONS[action]) if action in ACTIONS else action
