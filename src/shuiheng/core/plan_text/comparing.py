"""The words around a number: what is compared, in which direction, target or threshold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_BEFORE = re.compile(
    r"(?:(?P<le>控制在|控制到|控制为|不超过|不得超过|不高于|不大于|不多于|不得高于|低于|小于|少于|降至|降到|降低到|降低至|降为|下降到"
    r"|下降至|下降为|减少到|减少至|减至|压减到|压减至|压减为|压降至|压缩至|压缩到|缩短至|缩短到|缩短为|缩小至|缩小到|限制在|限定在|不突破|缩减至|缩减到|≤|<|<=)"
    r"|(?P<ge>达到或超过|达到|达标率达|提高到|提高至|提升到|提升至|提升为|提高为|增加到|增加至|增至|增长到|增长至|上升到|上升至|扩大到|扩大至"
    r"|扩展到|不低于|不少于|不小于|不得低于|不得少于|至少|最少|超过|突破|高于|大于|多于|恢复到|恢复至|扩建至|扩建到|扩容至|扩容到|拓展到|实现|完成|达|超|≥|>|>=|力争)"
    r"|(?P<drop>下降|降低|减少|压减|削减|压降|压缩|缩减|节约|节省|减排|减量|降幅|下降率)"
    r"|(?P<rise>提高|提升|增加|增长|上升|扩大|新增|净增|增幅|提速)"
    r"|(?P<keep>保持在|维持在|稳定在|稳定保持在|保持|稳定)"
    r"|(?P<is>为|是|等于|占|均为|[:=])"
    r"|(?P<build>{build}))"
    r"(?:分别|均|都|各|约|大约|大概|到|了|为|至少|不少于|不低于|不超过|不高于"
    r"|超过|力争|再|总计|合计|共计|共|[:])*(?:20\d\d年(?:底|末)?的)?[ ]*$".replace(
        "{build}",
        "完成|建成|建设|新建|改建|扩建|改扩建|创建|建立|建造|打造|培育|发展|实施|改造|推广|培训|新增|认定|评选|治理|整治|修复|种植|造林|营造"
        "|安装|更新|更换|铺设|敷设|落实|争取|引进|招引|遴选|组织|开展|举办|补助|投资|投入|安排|淘汰|关停|拆除|改厕|推动|带动|引导|吸引|配备|设立|招聘|布局|布设"
        "|添置|增设|增建|续建|储备|推出|选树|选派|选育|评定|命名|申报|获批|支持|扶持|孵化|建好|提升|改善|绿化|栽植|回收|处置|整合|收储|流转"
        "|腾退|退出|压减|清理|清退|查处|抽查|检查|巡查|检测|监测|发布|出台|制定|制修订|编制|修订|招收|招录|资助|救助|安置|转移|帮扶|覆盖",
    )
)
_OF = re.compile(  # 达到汽车新车销售总量的20%左右
    r"(?:(?P<le>控制在|不高于|不超过|低于)|(?P<ge>达到|提高到|提升到|不低于|不少于|超过)|(?P<is>占到?))"
    r"[^，。；\d]{2,20}的约?$"
)
_BUILD = re.compile(
    r"完成|建成|建设(?!成|用地|期|率)|新建|改建|扩建|改扩建|创建|建造|打造|培育|发展(?!规划|水平|目标)|实施|改造|推广|培训|新增|认定|评选|治理|整治|修复|种植|造林|营造|安装|维修|退出|清理|打通|惠及|加装|延伸|疏浚|清淤|衬砌|硬化|拓宽|架设|埋设"
    r"|更新|更换|铺设|敷设|争取|引进|招引|遴选|举办|投资|投入|淘汰|关停|拆除|配备|设立|招聘|布设|增设|增建|续建|选树|选派|选育|建立|形成"
    r"|实现|扶持|孵化|绿化|栽植|回收|收储|腾退|清退|开展|增加(?!值)|减少|压减|削减|替代|推动|拥有|带动|吸引|落实|加固|除险|压采|盘活|托举|整理|恢复|植树|封填|封停|配齐|配置|购置|聘请|聘用|招募|组建|设置|发放|消除|取缔|化解|查处"
)
_AFTER = re.compile(
    r"[ ]?(?:(?P<ge>及?以上|之上)|(?P<le>及?以下|以内|之内|以里|内)(?!涝|部"
    r"|河|容|陆|蒙|生)|(?P<about>左右|上下))"
)
_GOAL_NOUN = re.compile(r"的?(?:目标|要求|水平|标准|任务|规定|指标)")
_ATTRIBUTE = re.compile(r"的")
_LINK = re.compile(
    r"$|[，。；、;:)(“”！？\n\t \]】|□]|和|及|并|与|或|以?上|其中|时|后|，"
    r"|要|应|须|将|达到|完成|实现|建成|均|以确保|确保|左右|纳入|且|且|不"
)
_MEASURE = re.compile(
    r"(?:率|比例|比重|占比|系数|总量|水量|用量|面积|规模|数量|数|浓度|强度|指数|长度|能力|能耗|水耗|排放量|产值|产量|覆盖面|投资|里程|库容"
    r"|收入|得分|满意度|量|额|值|度|密度|幅度|定额|时间|时长|时限|天数|水平|比|容量|人口|人数|户数|个数|降幅|增幅|增速)$"
)
_LEAD_IN = re.compile(
    r"^(?:[ \t\-—·•*]+|(?:[^，。；]{0,4}?(?:到|至|在|截至|于|力争)?"
    r"(?:19|20)\d\d年(?:\d{1,2}月)?(?:底"
    r"|末)?(?:之?前|以前|起|度)?)"
    r"|“?十[一二三四五六]五”?(?:规划)?(?:末期?|期末|期间|时期)?|到|全[省市区县国州镇域]|我[省市区县]|本[省市区县]|各[省市区县]"
    r"|\d{1,2}月(?:底|末|\d{1,2}日)?(?:之?前)?|每(?:季度|半年|个?月|周|[季月日天]|[村镇户](?=每|$))|力争|确保|争取|使|努力|推动|其中|以及|并且|并|且|基本|预计|计划(?!用水|取水)|实现|保持|切实|年底前?|年内|当年|每年|年均|累计|总体|进一步"
    r"|新增(?=[^\d]{2,}(?:率|量|面积))|大力|积极|稳步|逐步|持续|加快|有序|全面|及?以[上下内]的?|对(?!外)|凡|将|分年度|要求|保障|的|区内|市内|县内|推进|还|共|和|及|与|或|到期末?"
    r"|一是|二是|三是|四是|五是|六是|首先)"
)
_TRAIL = re.compile(
    r"(?:基本|(?:于|到|至|在)?(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?(?:底|末)?(?:之?前)?|分别|均|都|各|要|应当|应该|应|须|需|必须|力争|总体|稳步|累计|平均|年均|每年|每季度|每半年|每个?月|每周|每[村镇户]|进一步|原则上|全面|不断|稳定|持续|逐步|至少|将|再|可|能够|能|普遍|的|总计|合计|共计"
    r"|[ \t:，、]|(?:较|比|与|同|相较?于?|以)(?:(?:上年度?|上一年|去年|前"
    r"|同期|基准年|规划初|“?十[二三四五]五”?末?|(?:19|20)\d\d年(?:底|末)?)"
    r"(?:相比|为基[数准期]?|基础上|水平|同期|比|时)?|相比|为基[数准期]?)|(?<=[率量额值度数比])较|同比)+$"
)
_COUNT_OBJECT = re.compile(
    r"[ ]?(?:[大个]?(?:方面|维护|意识|自信|确立|坚持|全面|阶段|层面|环节|领域"
    r"|重点|要|层次|层级|体系|转变|结合|统一|原则|目标|关键|一律|不准|必须"
    r"|严禁|步骤|时间|类别|部分|过程|主体|方向|问题|板块|维度|角度|机制|任务|关系|要求|特点|优势|条件|月|工作日|同步|不放过|突出|导向|内容|章节|标准化?建设阶段"
    r"|专项行动|行动|举措|措施|等级|季度|轮次|小时|百分点以上部分|专题|专章|国有|革命老区|统筹|主要|多月|多年|结合部)|(?:个)?以上(?:部门|单位|主体|人员))"
)
_NOW = re.compile(
    r"目前|现有|原有|现状|已(?:经)?(?:建成|完成|达到?|实现|累计|超过|有|形成|下降|提高|创建)|近年来|以来|截至目前|累计(?:已|达到?了)|上年|去年|仅为|仅有|不足的问题"
)
_GRANT = re.compile(
    r"奖励|补助|补贴|罚款|处以|奖补|给予|资助|扣\d*分|加\d*分|罚|收费|收取|征收|统筹安排|标准为|每人|每户|每亩|每吨|每立方米|赔偿|额度"
)


_DEEDS = re.compile(
    r"培训|检测|监测|检查|抽查|巡查|改造|治理|整治|修复|种植|造林|绿化|发布|回收|处置|救助|帮扶"
    r"|投资|补助|安置"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """How a number is compared, and where the words for it begin and end."""

    comparator: str
    direction: str | None
    verb_start: int
    end: int
    built: bool = False
    about: bool = False
    suffix: str = ""
    verb: str = ""
    continued: bool = False


def compared(text: str, left: int, start: int, end: int, stop: int) -> Compared | None:
    """Return how the number at ``text[start:end]`` is compared, or None when nothing says so."""
    after = _AFTER.match(text, end, stop)
    suffix = "" if after is None else str(after.lastgroup)
    tail = after.end() if after else end
    if after and suffix != "about" and (more := _AFTER.match(text, tail, stop)):
        tail = more.end()
    before = _BEFORE.search(text, max(left, start - 24), start)
    if before is None and left < start:
        before = _OF.search(text, max(left, start - 30), start)
    about = suffix == "about" or bool(re.search(r"约|左右", text[max(left, start - 3) : tail]))
    said = {"ge": ">=", "le": "<="}.get(suffix)
    if before is None:
        return Compared(said, None, start, tail, about=about, suffix=suffix) if said else None
    kind = str(before.lastgroup)
    verb = str(before[kind])
    direction = {"drop": "decrease", "rise": "increase"}.get(kind)
    own = {"le": "<=", "ge": ">=", "drop": ">=", "rise": ">=", "build": ">="}.get(kind, "=")
    extra = text[before.end(kind) : before.end()]
    if re.search(r"不超过|不高于", extra):
        own = "<="
    elif re.search(r"不少于|不低于|至少|超过", extra):
        own = ">="
    if kind == "le" and re.match(r"降|下降|减|压|缩", verb):
        direction = "decrease"
    if kind == "ge" and re.match(r"提|增|上升|扩|拓", verb):
        direction = "increase"
    built = kind == "build" or verb in {"新增", "完成", "实现"}
    if kind == "is" and verb == "占" and not said:
        own = "="
    return Compared(said or own, direction, before.start(kind), tail, built, about, suffix, verb)


def is_threshold(text: str, left: int, start: int, how: Compared, stop: int, unit: str) -> bool:
    """Return whether the number bounds the things spoken of, and is not to be reached."""
    share = unit.endswith(("%", "成", "百分点")) or unit == "1"
    after = text[how.end : min(stop, how.end + 12)]
    attribute = bool(_ATTRIBUTE.match(after)) and not _GOAL_NOUN.match(after)
    before = text[left : how.verb_start]
    measured = bool(_MEASURE.search(before.rstrip()))
    if how.suffix in {"ge", "le"}:
        if share:
            return attribute and measured and not how.verb
        if attribute:
            return True
        if _LINK.match(after):
            return False
        return how.suffix == "le" or not (how.built and how.verb)
    return bool(
        re.search(r"超过|高于|低于|大于|小于|少于|多于|不足|达到", how.verb)
        and (attribute or re.match(r"(?:时|的[，、])", after))
    )


@lru_cache(maxsize=4096)
def stripped(metric: str) -> tuple[int, int]:
    """Return how many characters of lead-in and of trailing words a metric carries.

    >>> said = "到2025年，全区用水总量较2020年"
    >>> first, last = stripped(said)
    >>> said[first:last]
    '用水总量'
    """
    first, last = 0, len(metric)
    changed = True
    while changed:
        changed = False
        lead = _LEAD_IN.match(metric[first:last])
        if lead and lead.end():
            first += lead.end()
            changed = True
        elif metric[first : first + 1] in set("，、:；( \t-—•*") and first < last:
            first += 1
            changed = True
    trail = _TRAIL.search(metric[first:last])
    if trail:
        last = first + trail.start()
    return first, last


def is_measure(metric: str) -> bool:
    """Return whether a phrase ends like the name of a measure (率, 系数, 面积, 总量 …)."""
    return bool(_MEASURE.search(metric))


def counts_abstract(text: str, end: int) -> bool:
    """Return whether what follows a count is no thing to build: 三个方面, 四个意识."""
    return bool(_COUNT_OBJECT.match(text, end))


def is_count(unit: str) -> bool:
    """Return whether a unit counts things or measures what is built, and is no share.

    >>> is_count("座"), is_count("万亩"), is_count("%")
    (True, True, False)
    """
    return bool(unit) and not unit.endswith(("%", "‰", "成", "百分点", "倍")) and unit != "1"


def is_deed(verb: str) -> bool:
    """Return whether a verb also names what is counted: 培训4次, 检测1次.

    >>> is_deed("培训"), is_deed("新增")
    (True, False)
    """
    return bool(_DEEDS.fullmatch(verb))


def is_work(verb: str) -> bool:
    """Return whether a verb wants an object that may stand with the number before: 改造3公里."""
    return verb in {"改造", "治理", "整治", "修复", "绿化", "种植"}


def is_past(text: str) -> bool:
    """Return whether the words speak of what is already so."""
    return bool(_NOW.search(text))


def is_grant(text: str) -> bool:
    """Return whether the words speak of a payment, a fee or a fine."""
    return bool(_GRANT.search(text))


def lead_in_verbs(phrase: str) -> int:
    """Return how many characters of a phrase are verbs of building before the thing built.

    >>> lead_in_verbs("新建改造污水管网"), lead_in_verbs("用水总量")
    (4, 0)
    """
    found = re.match(
        rf"(?:(?:{_BUILD.pattern})|提升(?!率|幅)|对于?|凡|达到|和|及|、)+(?=.{{2}})", phrase
    )
    return found.end() if found else 0


def built_before(text: str, left: int, start: int) -> re.Match[str] | None:
    """Return the first verb of building in ``text[left:start]`` that has an object after it."""
    for match in _BUILD.finditer(text, left, start):
        if 2 <= start - match.end() <= 30:
            return match
    return None
