"""Writing a plan pack: all files or none."""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from shuiheng.basics import Finding
from shuiheng.cli.terminal import Refusal
from shuiheng.core.plan_text import Plan, Vocabulary, pack_of


class _Dumper(yaml.SafeDumper):
    """Writes lists of plain words on one line, and numbers in text with quotes."""


def _text(dumper: yaml.SafeDumper, said: str) -> yaml.ScalarNode:
    number = re.fullmatch(r"-?\d+(?:\.\d+)?", said)
    style = '"' if number else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", said, style=style)


def _list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.SequenceNode:
    plain = all(isinstance(item, str | int) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=plain)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)


def yaml_text(data: dict[str, Any]) -> str:
    """Return a rules file's text: keys in their order, Chinese as it is, numbers quoted."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=96)


def pack_texts(
    plan: Plan, text: str, name: str, *, checked: date
) -> tuple[dict[str, str], list[Finding]]:
    """Return the files of the pack as text by file name, and what stays open."""
    files, findings = pack_of(
        plan, text=text, name=name, vocabulary=Vocabulary.shipped(), checked=checked
    )
    return {f"{code}.yaml": yaml_text(data) for code, data in files.items()}, findings


def _keep_own(folder: Path, fresh: Path) -> None:
    """Copy what people added to an older pack (translations, notes) into the new one."""
    for path in folder.iterdir() if folder.is_dir() else ():
        made = path.suffix == ".yaml" and (fresh / path.name).exists()
        target = path.suffix == ".yaml" and "\ndue:" in path.read_text(encoding="utf-8")
        if path.is_file() and not made and not target:
            shutil.copy2(path, fresh / path.name)


def write_pack(
    plan: Plan, text: str, name: str, folder: Path, *, checked: date, replace: bool
) -> list[Finding]:
    """Write the pack into ``folder`` and return what stays open; nothing is left half-written.

    :raises Refusal: if the name is no pack's name, the folder is in use, or cannot be written
    """
    if not re.fullmatch(r"plan_[a-z0-9_]+", name):
        raise Refusal(f"--name {name!r}：请写成 plan_2021 的样子。(Write it as plan_2021.)")
    if (folder / "plan.yaml").exists() and not replace:
        raise Refusal(
            f"{folder} 已经存在。换一个名称，或加 --force 覆盖。(The pack exists; use --force.)"
        )
    texts, findings = pack_texts(plan, text, name, checked=checked)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
        try:
            for file, said in texts.items():
                (fresh / file).write_text(said, encoding="utf-8")
            _keep_own(folder, fresh)
            fresh.chmod(0o755)
            if folder.exists():
                old = fresh.with_name(fresh.name + "-old")
                folder.rename(old)
                fresh.rename(folder)
                shutil.rmtree(old)
            else:
                fresh.rename(folder)
        finally:
            if fresh.exists():
                shutil.rmtree(fresh)
    except OSError as wrong:
        raise Refusal(
            f"{folder}：写不进去（{wrong.strerror}）。请检查文件夹权限。(Cannot be written.)"
        ) from wrong
    return findings
