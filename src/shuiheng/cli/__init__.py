"""The ``shuiheng`` command."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

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


class _Words(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(WORDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in WORDS:
            return None
        module, sentence = WORDS[cmd_name]
        command = typer.main.get_command(importlib.import_module(f"shuiheng.cli.{module}").app)
        command.name, command.short_help = cmd_name, sentence
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from shuiheng.cli.terminal import console

        console.print(
            "[bold]shuiheng[/] WORD …   水衡: a district's water-saving plan, made executable."
        )
        for word, (_, sentence) in WORDS.items():
            console.print(f"  [bold]{word:<10}[/] {sentence}", highlight=False)
        console.print(
            "shuiheng WORD --help tells more; --version shows the version.", highlight=False
        )


app = typer.Typer(
    cls=_Words,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"shuiheng {version('shuiheng')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """水衡: a district's water-saving plan, made executable; every figure explained."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def main() -> None:
    """Run the command line; every refusal is one message and exit code 2."""
    from shuiheng.cli.terminal import Refusal, say_refusal

    try:
        app()
    except Refusal as refusal:
        sys.exit(say_refusal(str(refusal)))
    except KeyboardInterrupt:
        sys.exit(say_refusal("Stopped by the keyboard; what was committed before is kept."))
