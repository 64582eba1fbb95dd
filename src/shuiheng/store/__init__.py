"""Readings in columns: the lake, its volumes and findings; and the folder that holds a district."""

from shuiheng.store.catalog import LakeBroken, LakeBusy, LakeFailed, LakeOutdated, NoLake
from shuiheng.store.edits import WrongEdit
from shuiheng.store.home import Home, NoHome
from shuiheng.store.lake import Lake
from shuiheng.store.recompute import Recomputed
from shuiheng.store.rows import WrongRows
from shuiheng.store.writing import UnknownMeters

__all__ = [
    "Home",
    "Lake",
    "LakeBroken",
    "LakeBusy",
    "LakeFailed",
    "LakeOutdated",
    "NoHome",
    "NoLake",
    "Recomputed",
    "UnknownMeters",
    "WrongEdit",
    "WrongRows",
]
