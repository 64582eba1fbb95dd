"""The folder that holds one district's data, and what it says about itself."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path


class NoHome(FileNotFoundError):
    """Raised when a folder is not a district's home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"{folder} holds no district (home.toml is missing). Make the demonstration district "
            "with `shuiheng demo`, or one of your own with `shuiheng registry init --home DIR`."
        )


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
        )

    def save(self) -> Home:
        """Write home.toml, whole or not at all, and return the home."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = []
        for key, value in asdict(self).items():
            if key == "folder" or value is None:
                continue
            text = (
                value.isoformat()
                if isinstance(value, date)
                else json.dumps(value, ensure_ascii=False)
            )
            lines.append(f"{key} = {text}")
        half = self.folder / "home.toml.part"
        half.write_text("\n".join(lines) + "\n", encoding="utf-8")
        half.replace(self.folder / "home.toml")
        return self

    @property
    def rules(self) -> Path:
        """The folder of the office's own law; it may not exist."""
        return self.folder / "rules"
