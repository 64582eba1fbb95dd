"""Administrative divisions with their parents: nation > province > city > district > town."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("nation", "province", "city", "district", "town")


@dataclass(frozen=True, slots=True)
class Place:
    """An administrative division.

    ``code`` is ``cn`` for the nation, the leading digits of GB/T 2260 below it (``32``, ``3204``,
    ``320411``), and for a town the district's code with a local number after a dot
    (``320411.01``) until the office loads the official one.

    >>> [place.code for place in Place.at("320411").chain()]
    ['320411', '3204', '32', 'cn']
    """

    code: str
    name: str = ""
    verified: bool = True

    @classmethod
    def at(cls, code: str, name: str = "", *, verified: bool = True) -> Place:
        """Return the place with this code.

        :raises ValueError: if the code has none of the known forms
        """
        plain = code.lower().removeprefix("cn_") if code.lower() != "cn" else "cn"
        district = plain.split(".")[0]
        if plain != "cn" and (not district.isdigit() or len(district) not in (2, 4, 6)):
            raise ValueError(
                f"{code!r} is not a place code: use cn, two, four or six digits "
                "(GB/T 2260), or a district's code with a town's number, as 320411.01."
            )
        return cls(plain, name, verified)

    @property
    def level(self) -> str:
        """One of ``LEVELS``."""
        if self.code == "cn":
            return "nation"
        if "." in self.code:
            return "town"
        return {2: "province", 4: "city", 6: "district"}[len(self.code)]

    @property
    def pack(self) -> str:
        """The name of the folder that holds this place's rules.

        >>> Place.at("3204").pack
        'cn_3204'
        """
        return "cn" if self.code == "cn" else f"cn_{self.code}"

    def parent(self) -> Place | None:
        """Return the place above, or None for the nation."""
        if self.code == "cn":
            return None
        if "." in self.code:
            return Place(self.code.split(".")[0])
        return Place(self.code[:-2]) if len(self.code) > 2 else Place("cn")

    def chain(self) -> list[Place]:
        """Return the place and everything above it, nearest first."""
        chain = [self]
        while (above := chain[-1].parent()) is not None:
            chain.append(above)
        return chain
