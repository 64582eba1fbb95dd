"""The ``shuiheng`` command."""

from __future__ import annotations

import importlib
import sys

import click
import typer

# word -> (module, sentence). A word's module is imported only when the word is used.
WORDS = {
    "demo": ("demo_command", "Build the demonstration district (once) and serve it."),
    "plan": ("plan", "Parse a plan document; show the board of targets and tasks."),
    "explain": ("explain", "Show the tree under a figure, down to readings and clauses."),
    "rules": ("rules", "Look up and check the law in force on a day, in a place."),
    "readings": ("readings", "Import readings; show volumes and findings."),
    "registry": ("registry", "Import and export places, users and meters."),
    "serve": ("serve", "Serve the pages on this machine."),
}


class _Words(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(WORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in WORDS:
            return None
        module = importlib.import_module(f"shuiheng.cli.{WORDS[cmd_name][0]}")
        return typer.main.get_command(module.app)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(word, sentence) for word, (_, sentence) in WORDS.items()])


@click.group(cls=_Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shuiheng", message="shuiheng %(version)s")
def _root() -> None:
    """水衡: a district's water-saving plan, made executable; every figure explained."""


def main() -> None:
    """Run the command line; every refusal is one message and exit code 2."""
    from shuiheng.cli.terminal import Refusal, say_refusal

    try:
        _root.main(standalone_mode=False)
    except Refusal as refusal:
        sys.exit(say_refusal(str(refusal)))
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.Abort:
        sys.exit(say_refusal("Stopped by the keyboard; what was committed before is kept."))
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
