"""The pages of the reference that are made from the code: commands, figures, units.

``make reference`` writes them. They are kept in the repository, so that they can be read without
building anything; a test of the house says when one of them is behind the code.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from inspect import cleandoc
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).resolve().parent / "reference"
# The year of the seed plan, complete.
END_OF_SEED_YEAR = date(2020, 12, 31)
MADE = "<!-- Made by `make reference` from the code; change the code, not this page. -->\n"


def command_tree(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every word of the command line with its command, in the order of the help."""
    import typer

    context = typer.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        yield (*words, word), command
        if hasattr(command, "list_commands"):
            yield from command_tree(command, (*words, word))


def root_command() -> Any:
    """Return the command line as one command."""
    import typer

    from shuiheng.cli import app

    return typer.main.get_command(app)


def plain(text: str | None) -> str:
    """Return help text as one paragraph without markup."""
    return " ".join(cleandoc(text or "").replace("\b", "").split())


def cell(text: str) -> str:
    """Return text that fits into a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|") or "—"


def shown_parameters(command: Any) -> list[Any]:
    """Return the arguments and options of a command that are meant for people."""
    return [
        one for one in command.params if one.name != "help" and not getattr(one, "hidden", False)
    ]


def parameter_row(parameter: Any) -> str:
    """Return the row of one argument or option."""
    if parameter.param_type_name == "argument":
        name = f"`{(parameter.metavar or parameter.name or '').upper()}`"
    else:
        flag = parameter.is_flag or not parameter.metavar
        names = ", ".join((*parameter.opts, *parameter.secondary_opts))
        name = f"`{names}{'' if flag else ' ' + parameter.metavar}`"
    need = "required" if parameter.required else ""
    default = parameter.default
    if default not in (None, False, (), []) and not callable(default) and not need:
        need = f"`{default}`" if "Sentinel" not in str(default) else ""
    return f"| {name} | {cell(getattr(parameter, 'help', '') or '')} | {need or '—'} |"


def commands_page() -> str:
    """Return the page that lists every word of ``shuiheng`` with its arguments and options."""
    lines = [
        MADE,
        "# Commands\n",
        "`shuiheng` is one command with a few words. Every word answers to `--help`. With `--json` "
        "a command prints one JSON document on standard output and nothing else; progress and "
        "refusals go to standard error.\n",
        "| exit code | meaning |\n|---|---|\n"
        "| 0 | done |\n"
        "| 1 | done, and something was found that blocks the use of the data |\n"
        "| 2 | a wrong call or an unreadable input; the message says what to do |\n",
    ]
    for words, command in command_tree(root_command()):
        lines.append(f"{'#' * min(len(words) + 1, 4)} shuiheng {' '.join(words)}\n")
        lines.append(plain(command.help or command.short_help) + "\n")
        shown = shown_parameters(command)
        if shown and not hasattr(command, "list_commands"):
            lines.append("| argument or option | what it does | default |\n|---|---|---|")
            lines += [parameter_row(one) for one in shown]
            lines.append("")
    return "\n".join(lines)


def figures_page() -> str:
    """Return the dictionary of figures: every name that ``shuiheng explain`` knows.

    Titles, units and clauses are the figures' own, so each is asked of the district that the
    settings name; an empty one will do.
    """
    from shuiheng.mechanisms.assessment.queries import get_view
    from shuiheng.mechanisms.common.evidence import cards, entries

    view = get_view(asked_by=None, on=END_OF_SEED_YEAR)
    titles = {card.name: f"{card.title} · {card.title_en}" for card in cards()}
    by_mechanism = defaultdict(list)
    for entry in sorted(entries().values(), key=lambda entry: entry.name):
        by_mechanism[entry.mechanism].append(entry)
    lines = [
        MADE,
        "# Figures\n",
        "Every figure that a mechanism gives to the board, by the name under which "
        "`shuiheng explain NAME` shows its tree. *Judged by* names the rule that sets a number "
        "where the plan sets none; the plan's own targets name their figure themselves. A figure "
        "whose inputs are not loaded says which, and who holds them.\n",
    ]
    for mechanism in sorted(by_mechanism):
        lines.append(f"## {titles.get(mechanism, mechanism)}\n")
        lines.append("| figure | title | unit | tasks | judged by |\n|---|---|---|---|---|")
        for entry in by_mechanism[mechanism]:
            figure = entry.compute(view)
            tasks = ", ".join(map(str, entry.tasks)) or "—"
            judged = f"`{entry.threshold}`" if entry.threshold else "—"
            title = cell(f"{figure.title} · {figure.title_en}")
            if told := plain(entry.compute.__doc__):
                title += f"<br>{cell(told)}"
            unit = f"`{figure.unit}`" if figure.unit else "—"
            lines.append(f"| `{entry.name}` | {title} | {unit} | {tasks} | {judged} |")
        lines.append("")
    return "\n".join(lines)


def empty_district(home: Path) -> None:
    """Make a district without any data in the folder; the database must be there already."""
    from shuiheng.store import Home, Lake

    if not (home / "home.toml").is_file():
        Home(home, "新北区", "320411", "plan_2020").save()
    Lake.open(home).close()


def units_page() -> str:
    """Return the table of units with their exact factors."""
    from shuiheng.basics import quantity

    by_dimension = defaultdict(list)
    for unit, (dimension, factor) in quantity._ATOMS.items():
        by_dimension[dimension].append((unit, factor))
    lines = [
        MADE,
        "# Units\n",
        "Quantities are exact: text, integers and decimals go in, floats are refused, and "
        "factors are fractions. Units combine with `/` and `.`, as `万m3/year`, `m3/mu`, "
        "`L/(person.d)`; `³`, `²` and full-width signs are understood. A calendar month and a "
        "calendar year have no fixed length, so neither converts to days.\n",
        "```python\n"
        ">>> from shuiheng.basics import Quantity\n"
        '>>> str(Quantity.of("8.71", "亿立方米").to("万立方米"))\n'
        "'87100 万立方米'\n"
        "```\n",
        "| dimension | unit | in base units | base |\n|---|---|---|---|",
    ]
    counted = []
    for dimension, units in by_dimension.items():
        base = quantity._CANONICAL.get(dimension, dimension)
        if dimension not in quantity._CANONICAL and all(factor == 1 for _, factor in units):
            counted.append("/".join(f"`{unit}`" for unit, _ in units))
            continue
        for unit, factor in units:
            lines.append(f"| {dimension} | `{unit or '(empty)'}` | {factor} | `{base}` |")
    lines.append("\n## Counted things\n")
    lines.append(
        "Each counts only itself, so that people are never added to sites: "
        + ", ".join(counted)
        + ". Words joined by `/` are the same unit in both languages.\n"
    )
    return "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "figures.md": figures_page,
    "units.md": units_page,
}


def main() -> None:
    """Write the pages from the code, with an empty district for the figures to speak of."""
    with tempfile.TemporaryDirectory(prefix="shuiheng-reference-") as name:
        os.environ["SHUIHENG_HOME"] = name
        os.environ.pop("SHUIHENG_DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "shuiheng.web.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        empty_district(Path(name))
        write_pages()


def write_pages() -> None:
    """Write the pages that differ, and say which."""
    for name, page in PAGES.items():
        path, text = REFERENCE / name, page()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"docs/reference/{name} was written.\n")


if __name__ == "__main__":
    main()
