"""Statistical series since 2015 with their vintages, and what the offices declared for the year.

All figures are invented; they are of the order of such a district and are marked as 演示.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shuiheng.cli.demo.rows import YEAR, FactRow, SeriesRow

# name -> (unit, by, {year: value}); values of a year are published in February of the next.
_ECONOMY = {
    "gdp": ("亿元", {2015: "1065.2", 2016: "1158.7", 2017: "1279.4", 2018: "1388.1",
                    2019: "1480.6", 2020: "1541.3"}),
    "gdp_index": ("%", {2016: "108.4", 2017: "107.9", 2018: "107.1", 2019: "106.2",
                        2020: "103.9"}),
    "industrial_value_added": ("亿元", {2015: "512.6", 2016: "541.0", 2017: "583.9",
                                       2018: "617.5", 2019: "633.2", 2020: "628.4"}),
    "industrial_index": ("%", {2016: "105.6", 2017: "105.1", 2018: "104.2", 2019: "103.1",
                               2020: "101.6"}),
}  # fmt: skip
# What the census of 2018 changed; published in November 2019.
_REVISED = {
    "gdp": {2016: "1149.9", 2017: "1262.3", 2018: "1361.0"},
    "gdp_index": {2016: "107.9", 2017: "107.4", 2018: "106.9"},
    "industrial_value_added": {2016: "538.2", 2017: "577.4", 2018: "607.8"},
    "industrial_index": {2016: "105.2", 2017: "104.6", 2018: "103.9"},
}
_WATER = {
    ("total_use", "gross_intake"): {
        2015: 859_400_000,
        2016: 863_000_000,
        2017: 868_500_000,
        2018: 865_200_000,
        2019: 866_900_000,
    },
    ("total_use", "excl_power"): {
        2015: 351_300_000,
        2016: 353_600_000,
        2017: 357_100_000,
        2018: 355_000_000,
        2019: 355_900_000,
    },
    ("total_use", "consumption"): {
        2015: 362_700_000,
        2016: 364_900_000,
        2017: 368_600_000,
        2018: 366_400_000,
        2019: 367_200_000,
    },
    ("industrial_use", "gross_intake"): {
        2015: 623_200_000,
        2016: 625_600_000,
        2017: 629_000_000,
        2018: 626_100_000,
        2019: 627_400_000,
    },
    ("industrial_use", "excl_power"): {
        2015: 115_600_000,
        2016: 116_900_000,
        2017: 118_800_000,
        2018: 118_100_000,
        2019: 118_700_000,
    },
    ("industrial_use", "consumption"): {
        2015: 126_800_000,
        2016: 128_200_000,
        2017: 130_100_000,
        2018: 129_400_000,
        2019: 130_000_000,
    },
}
_SHARES = {
    "industrial_reuse_rate": ("经济发展局", {2015: "0.862", 2016: "0.874", 2017: "0.886",
                                        2018: "0.897", 2019: "0.908"}),
    "irrigation_coefficient": ("农业农村局", {2015: "0.648", 2016: "0.655", 2017: "0.662",
                                         2018: "0.669", 2019: "0.676"}),
    "leakage_rate": ("住房和城乡建设局", {2015: "0.128", 2016: "0.121", 2017: "0.115",
                                    2018: "0.108", 2019: "0.102"}),
    "school_share": ("教育局", {2015: "0.383", 2016: "0.450", 2017: "0.517", 2018: "0.583",
                              2019: "0.650"}),
    "cluster_reclaimed_rate": ("生态环境局", {2015: "0.120", 2016: "0.148", 2017: "0.176",
                                         2018: "0.210", 2019: "0.242"}),
    "unconventional_share": ("住房和城乡建设局", {2015: "0.012", 2016: "0.015", 2017: "0.018",
                                          2018: "0.021", 2019: "0.024"}),
}  # fmt: skip

_AGRICULTURE, _ECONOMY_OFFICE, _HOUSING = "农业农村局", "经济发展局", "住房和城乡建设局"
_MARKET, _ENVIRONMENT, _EDUCATION = "市场监督管理局", "生态环境局", "教育局"

# Declared for the year. What is not here is missing on purpose: the board must name it.
_FACTS = (
    ("leakage/pipe_length", "765", "km", _HOUSING, "供水管网资料汇编"),
    ("leakage/outlet_pressure", "0.34", "MPa", _HOUSING, "水厂运行年报"),
    ("leakage/frost_depth", "0.12", "m", _HOUSING, "设计资料"),
    ("leakage/household_metered_volume", "31800000", "m3", _HOUSING, "抄表到户统计"),
    ("leakage/unmetered_registered_use", "420000", "m3", _HOUSING, "消防及管网冲洗台账"),
    ("leakage/secondary_facilities_due", "38", "处", _HOUSING, "二次供水改造台账"),
    ("leakage/secondary_facilities_done", "38", "处", _HOUSING, "二次供水改造台账"),
    ("irrigation/effective_coefficient", "0.682", "ratio", _AGRICULTURE, "灌溉水利用系数测算报告"),
    ("irrigation/coefficient_medium", "0.664", "ratio", _AGRICULTURE, "灌溉水利用系数测算报告"),
    ("irrigation/coefficient_small", "0.689", "ratio", _AGRICULTURE, "灌溉水利用系数测算报告"),
    ("irrigation/gross_use_medium", "30000000", "m3", _AGRICULTURE, "灌溉水利用系数测算报告"),
    ("irrigation/gross_use_small", "77000000", "m3", _AGRICULTURE, "灌溉水利用系数测算报告"),
    ("irrigation/high_standard_farmland_area", "2150", "亩", _AGRICULTURE, "高标准农田验收单"),
    ("irrigation/efficient_irrigation_area", "96", "亩", _AGRICULTURE, "高效节水灌溉验收单"),
    ("irrigation/livestock_farms_total", "62", "家", _AGRICULTURE, "养殖场名录"),
    ("irrigation/livestock_farms_rebuilt", "41", "家", _AGRICULTURE, "标准化改造验收单"),
    ("irrigation/ecological_farmland_area", "180", "亩", _AGRICULTURE, "试点方案"),
    ("carriers/schools_total", "60", "所", _EDUCATION, "学校固定名单"),
    ("carriers/schools_titled", "42", "所", _EDUCATION, "节水型学校命名文件"),
    ("carriers/enterprises_titled", "37", "家", _ECONOMY_OFFICE, "节水型企业名单"),
    ("carriers/institutions_titled", "29", "家", "党政办", "节水型单位名单"),
    ("carriers/communities_titled", "18", "个", _HOUSING, "节水型社区名单"),
    ("carriers/hospitals_titled", "4", "家", "卫生健康局", "节水型医院名单"),
    ("carriers/irrigation_districts_titled", "3", "个", _AGRICULTURE, "节水型灌区名单"),
    ("carriers/appliances_total", "18640", "件", _HOUSING, "用水器具检查表"),
    ("carriers/appliances_saving", "17210", "件", _HOUSING, "用水器具检查表"),
    ("carriers/contract_projects", "2", "项", _HOUSING, "合同节水项目登记"),
    ("carriers/county_society_points", "88.5", "point", _AGRICULTURE, "县域节水型社会自评表"),
    ("metering/households_total", "246500", "户", _HOUSING, "一户一表改造台账"),
    ("metering/households_metered", "239100", "户", _HOUSING, "一户一表改造台账"),
    ("metering/rural_households_total", "43600", "户", _HOUSING, "农村供水台账"),
    ("metering/rural_households_metered", "41900", "户", _HOUSING, "农村供水台账"),
    ("key_users/listed_count", "52", "家", _AGRICULTURE, "重点监控用水单位名录"),
    ("balance_tests/tested_users", "44", "家", _AGRICULTURE, "水平衡测试台账"),
    ("audits/audited_users", "21", "家", _AGRICULTURE, "用水审计台账"),
    ("evaluation/projects_due", "14", "项", _AGRICULTURE, "节水评价登记"),
    ("evaluation/projects_evaluated", "14", "项", _AGRICULTURE, "节水评价登记"),
    ("evaluation/three_simultaneities_due", "31", "项", _HOUSING, "竣工验收备案"),
    ("evaluation/three_simultaneities_met", "29", "项", _HOUSING, "竣工验收备案"),
    ("permits/valid", "138", "家", _AGRICULTURE, "取水许可台账"),
    ("permits/permitted_volume", "905000000", "m3", _AGRICULTURE, "取水许可台账"),
    ("permits/eliminated_due", "5", "家", _ECONOMY_OFFICE, "化解过剩产能清单"),
    ("permits/eliminated_done", "5", "家", _ECONOMY_OFFICE, "化解过剩产能清单"),
    ("quotas/compared_users", "174", "家", _AGRICULTURE, "定额核对表"),
    ("quotas/over_quota_users", "11", "家", _AGRICULTURE, "定额核对表"),
    ("retrofit/projects_planned", "16", "项", _ECONOMY_OFFICE, "节水技改计划"),
    ("retrofit/projects_done", "13", "项", _ECONOMY_OFFICE, "节水技改计划"),
    ("reuse/parks_total", "6", "个", _ECONOMY_OFFICE, "园区名录"),
    ("reuse/parks_renewed", "4", "个", _ECONOMY_OFFICE, "园区循环化改造验收"),
    ("reuse/cluster_sewage_volume", "54600000", "m3", _ENVIRONMENT, "集聚区污水处理月报"),
    ("reuse/cluster_reclaimed_volume", "14740000", "m3", _ENVIRONMENT, "集聚区再生水月报"),
    ("reuse/plants_due", "2", "座", _HOUSING, "污水处理厂台账"),
    ("reuse/plants_complied", "2", "座", _HOUSING, "污水处理厂台账"),
    ("service_trades/equipped", "39", "家", _HOUSING, "特种行业检查表"),
    ("tariff/irrigated_farmland_area", "198000", "亩", _AGRICULTURE, "农业水价综合改革台账"),
    ("tariff/reformed_farmland_area", "198000", "亩", _AGRICULTURE, "农业水价综合改革台账"),
    ("funds/saving_fund_budget", "6800000", "元", "财政局", "年度预算"),
    ("funds/saving_fund_spent", "6310000", "元", "财政局", "年度决算快报"),
    ("innovation/research_projects", "3", "项", "科学技术局", "科技计划项目清单"),
    ("campaign/events", "46", "次", _AGRICULTURE, "宣传活动台账"),
    ("campaign/visits", "18300", "人次", _AGRICULTURE, "宣传活动台账"),
    ("products/inspections", "12", "次", _MARKET, "水效标识检查记录"),
    ("products/checked", "420", "件", _MARKET, "水效标识检查记录"),
    ("products/unlabelled", "7", "件", _MARKET, "水效标识检查记录"),
    ("complaints/received", "83", "件", _AGRICULTURE, "举报登记"),
    ("complaints/answered_in_time", "79", "件", _AGRICULTURE, "举报登记"),
    ("enforcement/cases_opened", "9", "件", _AGRICULTURE, "行政执法台账"),
    ("enforcement/cases_decided", "8", "件", _AGRICULTURE, "行政执法台账"),
    ("leaders/selected", "4", "家", _ECONOMY_OFFICE, "水效领跑者名单"),
)


def make_series() -> list[SeriesRow]:
    """Return the yearly series; what the census revised stands there in both vintages."""
    rows = []
    for name, (unit, values) in _ECONOMY.items():
        for year, value in values.items():
            # The year itself has only a quick estimate, made before it ended.
            quick = year == YEAR
            day = date(YEAR, 12, 28) if quick else date(year + 1, 2, 25)
            paper = "年度快报" if quick else "统计年鉴"
            rows.append(
                SeriesRow(
                    name, year, Decimal(value), unit, "", day, f"{year}年{paper}(演示)", "统计局"
                )
            )
        for year, value in _REVISED[name].items():
            rows.append(
                SeriesRow(name, year, Decimal(value), unit, "", date(2019, 11, 22),
                          "第四次经济普查修订(演示)", "统计局")
            )  # fmt: skip
    for (name, method), volumes in _WATER.items():
        for year, volume in volumes.items():
            rows.append(
                SeriesRow(name, year, Decimal(volume), "m3", method, date(year + 1, 6, 30),
                          f"{year}年水资源公报(演示)", _AGRICULTURE)
            )  # fmt: skip
    for name, (by, shares) in _SHARES.items():
        for year, share in shares.items():
            rows.append(
                SeriesRow(name, year, Decimal(share), "1", "", date(year + 1, 3, 31),
                          f"{year}年度报告(演示)", by)
            )  # fmt: skip
    return rows


def make_facts() -> list[FactRow]:
    """Return what the offices declared for the year."""
    return [
        FactRow(name, Decimal(value), unit, by, f"{document}(演示)", on=date(YEAR, 12, 25))
        for name, value, unit, by, document in _FACTS
    ]
