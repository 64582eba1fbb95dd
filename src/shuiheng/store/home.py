"""The folder that holds one district's data, and what it says about itself."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from shuiheng.store.places import DataPlace, WrongPlace


class NoHome(FileNotFoundError):
    """Raised when a folder is not a district's home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} holds no district (home.toml is missing). Make the demonstration district "
            "with `shuiheng demo`, or one of your own with `shuiheng registry init --home DIR`."
        )


class WrongSettings(WrongPlace):
    """Raised when the section [lake] of home.toml says something that cannot be."""


@dataclass(frozen=True, slots=True)
class LakeSettings:
    """Where a district's readings lie: the section ``[lake]`` of home.toml, all of it optional.

    ``catalog`` is ``sqlite`` or ``postgres:`` with a connection string, ``data`` a folder or
    ``s3://bucket/prefix``, ``digest`` the ledger's algorithm (``sha256`` or ``sm3``), ``s3`` the
    way to the bucket (``endpoint``, ``region``); keys of a bucket belong in the environment.
    """

    catalog: str = "sqlite"
    data: str = ""
    digest: str = "sha256"
    s3: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> LakeSettings:
        """Return the settings of the home in ``folder``; those of a home without any otherwise.

        :raises WrongSettings: if a setting is unknown or cannot be
        """
        path = folder / "home.toml"
        if not path.is_file():
            return cls()
        said = tomllib.loads(path.read_text(encoding="utf-8")).get("lake", {})
        unknown = sorted(set(said) - {"catalog", "data", "digest", "s3"})
        if unknown:
            raise WrongSettings(
                f"{path}: [lake] has {', '.join(unknown)}; it may have catalog, data, digest and "
                "s3 only. Correct the file."
            )
        made = cls(**said)
        if made.catalog != "sqlite" and not made.catalog.startswith("postgres:"):
            raise WrongSettings(
                f"{path}: [lake] catalog = {made.catalog!r} is neither sqlite nor postgres:… with "
                "a connection string. Correct the file."
            )
        return made

    def place(self, folder: Path) -> DataPlace | None:
        """Return where the files of the home in ``folder`` lie; None means in the home itself.

        :raises WrongPlace: if ``data`` is no folder and no bucket, or ``s3`` cannot be
        """
        if not self.data:
            return None
        return DataPlace.of(self.data if "://" in self.data else folder / self.data, self.s3)


@dataclass(frozen=True, slots=True)
class Home:
    """A district's folder: settings, readings (``lake/``), own law (``rules/``), database.

    ``asked_on`` is the day the board answers for when nobody names one; empty means the last day
    of readings. ``demo`` marks synthetic data, which every page then says.
    """

    folder: Path
    name: str
    place: str
    plan: str
    demo: bool = False
    asked_on: date | None = None
    seed: int | None = None
    lake: LakeSettings = field(default_factory=LakeSettings)

    @classmethod
    def open(cls, folder: Path) -> Home:
        """Return the home in ``folder``.

        :raises NoHome: if the folder has no home.toml
        """
        path = folder / "home.toml"
        if not path.is_file():
            raise NoHome(folder)
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(
            folder=folder,
            name=str(said["name"]),
            place=str(said["place"]),
            plan=str(said["plan"]),
            demo=bool(said.get("demo", False)),
            asked_on=said.get("asked_on"),
            seed=said.get("seed"),
            lake=LakeSettings.of(folder),
        )

    def save(self) -> Home:
        """Write home.toml, whole or not at all, and return the home."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [
            f"{key} = {_toml(value)}"
            for key, value in asdict(self).items()
            if key not in {"folder", "lake"} and value is not None
        ]
        settings = {key: value for key, value in asdict(self.lake).items() if key != "s3" and value}
        if self.lake != LakeSettings():
            lines += ["", "[lake]", *(f"{key} = {_toml(value)}" for key, value in settings.items())]
        if self.lake.s3:
            lines += ["", "[lake.s3]"]
            lines += [f"{key} = {_toml(value)}" for key, value in self.lake.s3.items()]
        half = self.folder / "home.toml.part"
        half.write_text("\n".join(lines) + "\n", encoding="utf-8")
        half.replace(self.folder / "home.toml")
        return self

    @property
    def rules(self) -> Path:
        """The folder of the office's own law; it may not exist."""
        return self.folder / "rules"


def _toml(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
