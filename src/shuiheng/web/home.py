"""What the server takes from the district's folder: database and secret key."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class WrongDatabaseAddress(ValueError):
    """Raised when ``SHUIHENG_DATABASE_URL`` cannot be understood."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"SHUIHENG_DATABASE_URL {why}. Write it as "
            "postgresql://user:password@host:5432/database, or leave it out to use the SQLite "
            "file in the district's folder."
        )


def database(home: Path, address: str) -> dict[str, Any]:
    """Return Django's description of the database: SQLite in ``home``, or PostgreSQL.

    :raises WrongDatabaseAddress: if ``address`` is given and is not a PostgreSQL address

    >>> database(Path("/srv/d"), "")["NAME"]
    '/srv/d/district.sqlite'
    >>> pg = database(Path("/srv/d"), "postgresql://water:p%40ss@db:5433/xinbei")
    >>> pg["HOST"], pg["PORT"], pg["NAME"], pg["PASSWORD"]
    ('db', '5433', 'xinbei', 'p@ss')
    """
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home / "district.sqlite"),
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA cache_size=-32000;",
            },
        }
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise WrongDatabaseAddress(f"starts with {parts.scheme!r}, which is not supported")
    if not parts.path.strip("/"):
        raise WrongDatabaseAddress("names no database")
    try:
        port = str(parts.port or "")
    except ValueError as wrong:
        raise WrongDatabaseAddress("has a port that is not a number") from wrong
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(options.pop("host", parts.hostname or "")),
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def secret_key(home: Path) -> str:
    """Return the key kept in ``home``, making it on first use; without a folder, a passing one.

    The pages are read-only and sign nothing that lasts, so a passing key does no harm.
    """
    if key := os.environ.get("SHUIHENG_SECRET_KEY"):
        return key
    file = home / "secret.key"
    if not home.is_dir():
        return secrets.token_urlsafe(48)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip() or secrets.token_urlsafe(48)
    except OSError:  # the folder may be read-only
        return secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(key := secrets.token_urlsafe(48))
    return key
