"""``shuiheng serve``: the pages of one district, on this machine."""

from __future__ import annotations

import os
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from shuiheng.cli.terminal import HomeOption, Refusal, console, errors, home_folder

app = typer.Typer(add_completion=False)
DEFAULT_PORT = 8000


@app.command()
def serve(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = DEFAULT_PORT,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other machines read the pages.")
    ] = False,
) -> None:
    """Serve the pages on this machine; Ctrl+C stops it."""
    folder = home_folder(home)
    check_home(folder)
    check_host(host, allow_remote=allow_remote)
    check_port(host, port)
    run(folder, host=host, port=port)


def check_home(folder: Path) -> None:
    """Refuse a folder that holds no district.

    :raises Refusal: with the two commands that make one
    """
    from shuiheng.store.home import Home, NoHome

    try:
        Home.open(folder)
    except NoHome as missing:
        raise Refusal(str(missing)) from missing


def check_host(host: str, *, allow_remote: bool) -> None:
    """Refuse an address that other machines can reach, unless that was asked for.

    :raises Refusal: naming the option

    >>> check_host("127.0.0.1", allow_remote=False)
    """
    if is_loopback(host):
        return
    if not allow_remote:
        raise Refusal(
            f"{host} can be reached from other machines, and the pages have no login yet: whoever "
            "reaches the port reads all data. Leave --host out, or add --allow-remote if the "
            "network is yours."
        )
    errors.print(
        f"[yellow]![/] Everybody who reaches {host} can read all data: the pages have no login.",
        highlight=False,
    )
    names = "*" if host in {"0.0.0.0", "::"} else host.strip("[]")
    if not os.environ.get("SHUIHENG_ALLOWED_HOSTS"):
        os.environ["SHUIHENG_ALLOWED_HOSTS"] = names


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the address.

    >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_port(host: str, port: int) -> None:
    """Refuse a port that is taken or may not be used; another one is never chosen silently.

    :raises Refusal: saying why, and how to choose another
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except PermissionError as wrong:
            raise Refusal(
                f"Port {port} needs special rights on this machine. Choose one above 1023, "
                f"for example --port {DEFAULT_PORT}."
            ) from wrong
        except socket.gaierror as wrong:
            raise Refusal(
                f"{host!r} is no address of this machine. Leave --host out to use 127.0.0.1."
            ) from wrong
        except OSError as wrong:
            raise Refusal(
                f"Port {port} on {host} cannot be used ({wrong.strerror}): another program, "
                "perhaps an earlier shuiheng serve, holds it. Stop that one, or choose another "
                f"port: --port {port + 1 if port < 65535 else DEFAULT_PORT}."
            ) from wrong


def run(folder: Path, *, host: str, port: int) -> None:
    """Start the server and stay until it is stopped."""
    from granian import Granian
    from granian.constants import Interfaces

    os.environ["SHUIHENG_HOME"] = str(folder.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "shuiheng.web.settings"
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    console.print(f"水衡 [bold]http://{shown}:{port}/[/]  (Ctrl+C stops it)", highlight=False)
    Granian(
        "shuiheng.web.wsgi:application",
        address=host.strip("[]"),
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        log_enabled=True,
        log_level="warning",
        websockets=False,
    ).serve()
