"""What offices declare and what statistics publish: one table of names, titles, units, holders.

A declared value (``statistics.DeclaredValue``) or yearly series (``statistics.YearValue``) has one
of these names. A figure that waits for one says its title and who holds it.
"""

from __future__ import annotations

from typing import NamedTuple

AGRICULTURE = "农业农村局"
ECONOMY = "经济发展局"
HOUSING = "住房和城乡建设局"
EDUCATION = "教育局"
HEALTH = "卫生健康局"
OFFICE = "党政办"
SCIENCE = "科学技术局"
FINANCE = "财政局"
TAX = "税务局"
MARKET = "市场监督管理局"
STATISTICS = "统计局"
ENVIRONMENT = "生态环境局"
PLANNING = "自然资源和规划分局"


class Name(NamedTuple):
    """A name with its titles, the unit it is declared in, and the office that holds it."""

    title: str
    title_en: str
    unit: str
    held_by: str


SERIES: dict[str, Name] = {
    "gdp": Name("地区生产总值", "Gross domestic product", "亿元", STATISTICS),
    "gdp_index": Name(
        "地区生产总值指数（可比价，上年=100）", "GDP index (comparable prices)", "%", STATISTICS
    ),
    "industrial_value_added": Name("工业增加值", "Industrial value added", "亿元", STATISTICS),
    "industrial_index": Name(
        "工业增加值指数（可比价，上年=100）",
        "Index of industrial value added (comparable prices)", "%", STATISTICS,
    ),
    "total_use": Name("用水总量", "Total water use", "m3", AGRICULTURE),
    "industrial_use": Name("工业用水量", "Industrial water use", "m3", AGRICULTURE),
    "industrial_reuse_rate": Name(
        "规模以上工业用水重复利用率", "Reuse rate of above-scale industry", "1", ECONOMY
    ),
    "irrigation_coefficient": Name(
        "农田灌溉水有效利用系数", "Effective coefficient of irrigation water", "1", AGRICULTURE
    ),
    "leakage_rate": Name("公共供水管网漏损率", "Loss rate of public supply", "1", HOUSING),
    "school_share": Name("节水型学校建成率", "Share of water-saving schools", "1", EDUCATION),
    "cluster_reclaimed_rate": Name(
        "工业集聚区再生水利用率", "Reclaimed rate of industrial clusters", "1", ENVIRONMENT
    ),
    "unconventional_share": Name(
        "非常规水占用水总量比例", "Share of unconventional water in total use", "1", HOUSING
    ),
}  # fmt: skip

FACTS: dict[str, Name] = {
    # task 3: evaluation and permits
    "evaluation/projects_due": Name(
        "应开展节水评价的规划和建设项目数", "Plans and projects due for evaluation", "项",
        AGRICULTURE,
    ),
    "evaluation/projects_evaluated": Name(
        "已通过节水评价的项目数", "Projects that passed evaluation", "项", AGRICULTURE
    ),
    "evaluation/three_simultaneities_due": Name(
        "应落实节水“三同时”的竣工项目数", "Finished projects due for the three simultaneities",
        "项", HOUSING,
    ),
    "evaluation/three_simultaneities_met": Name(
        "已落实节水“三同时”的竣工项目数", "Finished projects that met them", "项", HOUSING
    ),
    "permits/valid": Name(
        "在期取水许可证对应的取水单位数", "Abstractors with a permit in its term", "家",
        AGRICULTURE,
    ),
    "permits/permitted_volume": Name(
        "在期取水许可证许可水量", "Volume permitted by permits in their term", "m3", AGRICULTURE
    ),
    # task 5
    "permits/eliminated_due": Name(
        "列入淘汰、化解过剩产能清单的企业数", "Enterprises on the list of capacity to be closed",
        "家", ECONOMY,
    ),
    "permits/eliminated_done": Name(
        "已关停并核减用水指标的企业数", "Enterprises closed, with their indicators cut", "家",
        ECONOMY,
    ),
    # task 6
    "retrofit/projects_done": Name(
        "当年完成的节水技术改造项目数", "Retrofit projects finished in the year", "项", ECONOMY
    ),
    "retrofit/projects_planned": Name(
        "当年计划的节水技术改造项目数", "Retrofit projects planned for the year", "项", ECONOMY
    ),
    "retrofit/verified_saving": Name(
        "改造项目经核证的年节水量", "Verified yearly saving of retrofit projects", "m3", ECONOMY
    ),
    # tasks 1, 6: quotas
    "quotas/compared_users": Name(
        "已按用水定额核对的用水户数", "Users compared with their quota", "家", AGRICULTURE
    ),
    "quotas/over_quota_users": Name(
        "超过用水定额的用水户数", "Users above their quota", "家", AGRICULTURE
    ),
    # task 8
    "leakage/household_metered_volume": Name(
        "抄表到户的居民用水量", "Residential use read at household meters", "m3", HOUSING
    ),
    "leakage/pipe_length": Name(
        "DN75（含）以上供水管道长度", "Length of pipes of DN75 and above", "km", HOUSING
    ),
    "leakage/outlet_pressure": Name(
        "年平均出厂压力", "Mean outlet pressure of the year", "MPa", HOUSING
    ),
    "leakage/frost_depth": Name("最大冻土深度", "Greatest frost depth", "m", HOUSING),
    "leakage/unmetered_registered_use": Name(
        "未计量的注册用户用水量（消防、冲洗、维护等）",
        "Registered use without a meter (fire, flushing, upkeep)", "m3", HOUSING,
    ),
    "leakage/secondary_facilities_due": Name(
        "应改造的老旧二次供水设施", "Old secondary supply facilities to be renewed", "处", HOUSING
    ),
    "leakage/secondary_facilities_done": Name(
        "已改造的老旧二次供水设施", "Old secondary supply facilities renewed", "处", HOUSING
    ),
    # tasks 10, 32: carriers
    "carriers/schools_total": Name(
        "中小学和幼儿园总数（固定名单）", "Schools on the fixed list", "所", EDUCATION
    ),
    "carriers/schools_titled": Name("节水型学校数", "Water-saving schools", "所", EDUCATION),
    "carriers/enterprises_titled": Name(
        "节水型企业数", "Water-saving enterprises", "家", ECONOMY
    ),
    "carriers/institutions_titled": Name(
        "节水型机关、单位数", "Water-saving institutions", "家", OFFICE
    ),
    "carriers/communities_titled": Name(
        "节水型社区、小区数", "Water-saving communities", "个", HOUSING
    ),
    "carriers/hospitals_titled": Name("节水型医院数", "Water-saving hospitals", "家", HEALTH),
    "carriers/irrigation_districts_titled": Name(
        "节水型灌区数", "Water-saving irrigation districts", "个", AGRICULTURE
    ),
    "carriers/appliances_total": Name(
        "公共机构用水器具数", "Appliances in public institutions", "件", HOUSING
    ),
    "carriers/appliances_saving": Name(
        "公共机构节水型器具数", "Water-saving appliances in public institutions", "件", HOUSING
    ),
    "carriers/contract_projects": Name(
        "合同节水管理项目数", "Projects of contract water saving", "项", HOUSING
    ),
    "carriers/county_society_points": Name(
        "县域节水型社会达标自评得分", "Self-assessed points as a water-saving county", "point",
        AGRICULTURE,
    ),
    "carriers/demonstration_towns": Name(
        "建成省级节水型社会示范的镇、街道数", "Towns that are provincial demonstrations", "个",
        AGRICULTURE,
    ),
    # task 12
    "metering/rural_households_total": Name(
        "农村供水户数", "Rural households supplied", "户", HOUSING
    ),
    "metering/rural_households_metered": Name(
        "农村计量收费到户数", "Rural households metered and billed", "户", HOUSING
    ),
    # tasks 13-15
    "irrigation/high_standard_farmland_area": Name(
        "当年完成的高标准农田面积", "High-standard farmland finished in the year", "亩",
        AGRICULTURE,
    ),
    "irrigation/efficient_irrigation_area": Name(
        "当年发展的高效节水灌溉面积", "Efficient irrigation added in the year", "亩", AGRICULTURE
    ),
    "irrigation/effective_coefficient": Name(
        "农田灌溉水有效利用系数（测算成果）",
        "Effective coefficient of irrigation water, as found",
        "1", AGRICULTURE,
    ),
    **{
        f"irrigation/{what}_{scale}": Name(
            f"{title}{said}", f"{said_en}, {title_en}", unit, AGRICULTURE
        )
        for scale, title, title_en in (
            ("large", "大型灌区", "large districts"), ("medium", "中型灌区", "medium districts"),
            ("small", "小型灌区", "small districts"), ("well", "纯井灌区", "well districts"),
        )
        for what, said, said_en, unit in (
            ("coefficient", "样点灌溉水有效利用系数", "Coefficient of the samples", "1"),
            ("gross_use", "毛灌溉用水量", "Gross irrigation use", "m3"),
        )
    },
    "irrigation/ecological_farmland_area": Name(
        "生态型高标准农田试点面积", "Pilot area of ecological farmland", "亩", AGRICULTURE
    ),
    "irrigation/livestock_farms_rebuilt": Name(
        "完成标准化改造的规模化养殖场数", "Large farms rebuilt to standard", "家", AGRICULTURE
    ),
    "irrigation/livestock_farms_total": Name(
        "规模化畜禽养殖场数", "Large livestock farms", "家", AGRICULTURE
    ),
    # tasks 16, 17
    "reuse/parks_total": Name("工业园区数", "Industrial parks", "个", ECONOMY),
    "reuse/parks_renewed": Name(
        "完成节水和循环化改造的园区数", "Parks retrofitted for saving and recycling", "个", ECONOMY
    ),
    "reuse/cluster_reclaimed_volume": Name(
        "工业集聚区再生水利用量", "Reclaimed water used in industrial clusters", "m3", ENVIRONMENT
    ),
    "reuse/cluster_sewage_volume": Name(
        "工业集聚区污水处理量", "Sewage treated in industrial clusters", "m3", ENVIRONMENT
    ),
    "reuse/plants_due": Name(
        "应配套再生水系统的污水处理厂数", "Sewage plants due for a reclaimed system", "座", HOUSING
    ),
    "reuse/plants_complied": Name(
        "已配套再生水系统的污水处理厂数", "Sewage plants with a reclaimed system", "座", HOUSING
    ),
    "reuse/rain_sites_due": Name(
        "应配套雨水系统的建设项目数", "Projects due for a rain system", "项", HOUSING
    ),
    "reuse/rain_sites_complied": Name(
        "已配套雨水系统的建设项目数", "Projects with a rain system", "项", HOUSING
    ),
    # tasks 11, 18, 19
    "service_trades/equipped": Name(
        "采用循环用水或节水设备的特种行业户数", "Special trades with recycling or saving gear",
        "家", HOUSING,
    ),
    "metering/households_total": Name(
        "城镇居民户数", "Urban households", "户", HOUSING
    ),
    "metering/households_metered": Name(
        "已完成“一户一表”的户数", "Households with a meter of their own", "户", HOUSING
    ),
    "key_users/listed_count": Name(
        "已列入市级重点监控用水单位名录的户数", "Users on the city's list of key users", "家",
        AGRICULTURE,
    ),
    "balance_tests/tested_users": Name(
        "周期内完成水平衡测试的重点用水单位数", "Key users tested within their cycle", "家",
        AGRICULTURE,
    ),
    "audits/audited_users": Name(
        "周期内完成用水审计的重点用水单位数", "Key users audited within their cycle", "家",
        AGRICULTURE,
    ),
    # tasks 21-24
    "tariff/reformed_farmland_area": Name(
        "完成农业水价综合改革的面积", "Farmland with the price reform finished", "亩", AGRICULTURE
    ),
    "tariff/irrigated_farmland_area": Name(
        "有效灌溉面积（改革任务面积）", "Irrigated farmland due for the price reform", "亩",
        AGRICULTURE,
    ),
    "rights/confirmed_volume": Name(
        "已确权的水资源使用权水量", "Volume of confirmed water rights", "m3", AGRICULTURE
    ),
    "rights/traded_volume": Name("水权交易水量", "Volume of traded rights", "m3", AGRICULTURE),
    "funds/saving_fund_budget": Name(
        "节约用水保障资金预算", "Budget of the water-saving fund", "元", FINANCE
    ),
    "funds/saving_fund_spent": Name(
        "节约用水保障资金支出", "Spending of the water-saving fund", "元", FINANCE
    ),
    "funds/tax_relief": Name("节水税收优惠金额", "Tax relief for water saving", "元", TAX),
    "funds/green_credit_amount": Name(
        "节水项目绿色信贷金额", "Green credit for saving projects", "元", ECONOMY
    ),
    # tasks 25-27
    "innovation/research_projects": Name(
        "节水科技项目数", "Research projects on water saving", "项", SCIENCE
    ),
    "innovation/equipment_subsidised": Name(
        "享受购置补贴的节水设备台（套）数", "Saving equipment bought with a subsidy", "台", ECONOMY
    ),
    # tasks 28-30
    "campaign/events": Name("节水宣传活动次数", "Campaign events", "次", AGRICULTURE),
    "campaign/visits": Name("参加宣传活动人次", "Visits to campaign events", "人次", AGRICULTURE),
    "products/inspections": Name(
        "水效标识监督检查次数", "Inspections of efficiency labels", "次", MARKET
    ),
    "products/checked": Name("检查的用水产品件数", "Products checked", "件", MARKET),
    "products/unlabelled": Name(
        "应标注而未标注水效标识的产品件数", "Products without the label they need", "件", MARKET
    ),
    "complaints/received": Name("收到的节水举报投诉件数", "Complaints received", "件", AGRICULTURE),
    "complaints/answered_in_time": Name(
        "按期答复的举报投诉件数", "Complaints answered in time", "件", AGRICULTURE
    ),
    "credit/records_filed": Name(
        "纳入信用信息共享平台的违规记录数", "Violations filed with the credit platform", "件",
        AGRICULTURE,
    ),
    # task 33
    "leaders/selected": Name(
        "评选出的水效领跑者数", "Water-efficiency leaders named", "家", ECONOMY
    ),
    "leaders/benchmarked": Name(
        "开展水效对标的高耗水企业数", "High-use enterprises that benchmark", "家", ECONOMY
    ),
    "products/certified": Name(
        "通过节水产品认证的产品数", "Products certified as water-saving", "件", MARKET
    ),
    # safeguards
    "enforcement/cases_opened": Name("立案查处的涉水案件数", "Cases opened", "件", AGRICULTURE),
    "enforcement/cases_decided": Name("已作出决定的案件数", "Cases decided", "件", AGRICULTURE),
}  # fmt: skip

NAMES: dict[str, Name] = {**SERIES, **FACTS}
