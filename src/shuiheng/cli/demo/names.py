"""Names of the invented district: nobody real, and every name can be seen to be invented."""

from __future__ import annotations

from typing import NamedTuple


class Town(NamedTuple):
    """A town with the weights by which people, fields and factories are spread."""

    code: str
    name: str
    name_en: str
    people: float
    fields: float
    factories: float
    works: int  # which of the two waterworks feeds it


TOWNS = (
    Town("320411.01", "春江", "Chunjiang", 0.13, 0.20, 0.26, 0),
    Town("320411.02", "孟河", "Menghe", 0.10, 0.20, 0.10, 0),
    Town("320411.03", "新桥", "Xinqiao", 0.09, 0.04, 0.08, 1),
    Town("320411.04", "薛家", "Xuejia", 0.12, 0.05, 0.12, 1),
    Town("320411.05", "罗溪", "Luoxi", 0.07, 0.16, 0.08, 0),
    Town("320411.06", "西夏墅", "Xixiashu", 0.05, 0.17, 0.07, 0),
    Town("320411.07", "奔牛", "Benniu", 0.08, 0.15, 0.08, 0),
    Town("320411.08", "河海", "Hehai", 0.09, 0.00, 0.06, 1),
    Town("320411.09", "三井", "Sanjing", 0.18, 0.01, 0.08, 1),
    Town("320411.10", "龙虎塘", "Longhutang", 0.09, 0.02, 0.07, 1),
)


class Industry(NamedTuple):
    """An industry of GB/T 4754 with its share of users, relative size and daily rhythm."""

    code: str
    name: str
    name_en: str
    share: float
    size: float
    profile: str


INDUSTRIES = (
    Industry("1713", "印染", "Dyeing", 0.11, 2.4, "industry"),
    Industry("2614", "化工", "Chemicals", 0.15, 2.2, "industry"),
    Industry("3130", "钢铁", "Steel", 0.02, 6.0, "industry"),
    Industry("2221", "纸业", "Paper", 0.03, 4.0, "industry"),
    Industry("1439", "食品", "Food", 0.06, 1.3, "shifts"),
    Industry("2710", "医药", "Pharmaceuticals", 0.06, 1.4, "industry"),
    Industry("3825", "光伏", "Photovoltaics", 0.06, 1.8, "industry"),
    Industry("3982", "电子", "Electronics", 0.08, 1.5, "industry"),
    Industry("3670", "汽车零部件", "Car parts", 0.12, 0.6, "shifts"),
    Industry("3484", "机械", "Machinery", 0.14, 0.4, "shifts"),
    Industry("3311", "金属制品", "Metal goods", 0.09, 0.6, "shifts"),
    Industry("2929", "塑料", "Plastics", 0.06, 0.4, "shifts"),
    Industry("3021", "建材", "Building materials", 0.02, 0.8, "shifts"),
)

# 衡 (as in 水衡) before every invented brand, so that no real firm is meant.
BRANDS = (
    ("云", "yun"), ("川", "chuan"), ("岳", "yue"), ("松", "song"), ("竹", "zhu"), ("梅", "mei"),
    ("兰", "lan"), ("荷", "he"), ("枫", "feng"), ("柏", "bai"), ("溪", "xi"), ("湖", "hu"),
    ("海", "hai"), ("泉", "quan"), ("岚", "lan"), ("霖", "lin"), ("雨", "yu"), ("雪", "xue"),
    ("霞", "xia"), ("虹", "hong"), ("辰", "chen"), ("星", "xing"), ("月", "yue"), ("阳", "yang"),
    ("石", "shi"), ("玉", "yu"), ("锦", "jin"), ("绣", "xiu"), ("帆", "fan"), ("舟", "zhou"),
    ("桥", "qiao"), ("路", "lu"), ("田", "tian"), ("禾", "he"), ("谷", "gu"), ("麦", "mai"),
    ("燕", "yan"), ("鹤", "he"), ("鹭", "lu"), ("鲲", "kun"),
)  # fmt: skip

SPECIAL_TRADES = (("浴室", "Baths"), ("洗车", "Car wash"), ("游泳馆", "Swimming pool"))
SERVICES = (("宾馆", "Hotel"), ("商场", "Mall"), ("餐饮", "Restaurant"), ("物流园", "Logistics"))


def brand(number: int) -> tuple[str, str]:
    """Return the ``number``-th brand in Chinese and English, of 1,600.

    >>> brand(0), brand(41)
    (('衡云', 'Hengyun'), ('衡川岳', 'Hengchuanyue'))
    """
    count = len(BRANDS)
    (sign, sound), turn = BRANDS[number % count], number // count
    if turn == 0:
        return f"衡{sign}", f"Heng{sound}"
    other, other_sound = BRANDS[(number + turn) % count]
    return f"衡{sign}{other}", f"Heng{sound}{other_sound}"
