"""Files of readings into the lake: CSV, Excel and Parquet, in a stream, all of a file or none."""

from shuiheng.store.imports.columns import Columns, parse_map
from shuiheng.store.imports.importer import Wanted, check_file, import_file
from shuiheng.store.imports.refusals import ImportRefused
from shuiheng.store.imports.report import ImportReport

__all__ = [
    "Columns",
    "ImportRefused",
    "ImportReport",
    "Wanted",
    "check_file",
    "import_file",
    "parse_map",
]
