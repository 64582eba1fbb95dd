"""Figures of products: label inspections, unlabelled products, certified products."""

from __future__ import annotations

from shuiheng.mechanisms.common.telling import tell, tell_share

tell("products/inspections", mechanism="products", tasks=(10, 29), clause="三（九）29")
tell_share(
    "products/unlabelled_share", mechanism="products", tasks=(29,),
    title=("检查产品中应标未标水效标识的比例", "Share of checked products without a due label"),
    part="products/unlabelled", whole="products/checked", clause="三（九）29",
)  # fmt: skip
tell("products/certified", mechanism="products", tasks=(33,), clause="三（十）33")
