"""The unified social credit code of a legal person (统一社会信用代码), GB 32100-2015."""

from __future__ import annotations

# GB 32100-2015 §4 and annex: the letters I, O, S, V, Z are not used; weights are powers of 3
# modulo 31, and the last character makes the weighted sum a multiple of 31.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18


def check_character(first: str) -> str:
    """Return the check character that belongs to the first 17 characters.

    >>> check_character("91350100M000100Y4")
    '3'
    """
    total = sum(ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(first))
    return ALPHABET[(31 - total % 31) % 31]


def fault_of(code: str) -> tuple[str, str] | None:
    """Return what is wrong with a code, in Chinese and English, or None.

    >>> fault_of("91350100M000100Y43") is None
    True
    >>> fault_of("91350100M000100Y44")[1]
    'has the wrong check character: it would be 3'
    """
    if len(code) != LENGTH:
        return f"应为 {LENGTH} 位，现为 {len(code)} 位", f"has {len(code)} of {LENGTH} characters"
    if strange := "".join(sorted({sign for sign in code if sign not in ALPHABET})):
        return f"含有不用的字符 {strange}", f"holds characters that are not used: {strange}"
    wanted = check_character(code[:-1])
    if code[-1] != wanted:
        return (
            f"校验位不对，应为 {wanted}",
            f"has the wrong check character: it would be {wanted}",
        )
    return None
