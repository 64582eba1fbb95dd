"""The byte formats by hand: leaves, trees, seals, days and the chain, against hashlib alone."""

from __future__ import annotations

import hashlib
import struct
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuiheng.store.ledger import ALGORITHMS, NoAlgorithm, Seal, digest_of, fingerprint, seal_rows
from shuiheng.store.ledger.chain import START, day_root, link
from shuiheng.store.ledger.seal import Sealing, check_bytes, row_bytes, seal_entries
from shuiheng.store.ledger.tree import climb, path_of, root_of

NUMBERS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(st.integers(0, 2**64 - 1), NUMBERS, NUMBERS), min_size=1, max_size=300)


def columns(rows: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([row[0] for row in rows], np.uint64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.int64),
    )


def by_hand(entries: list[bytes], algorithm: str) -> bytes:
    """The definition, told once more as plainly as can be."""
    level = [hashlib.new(algorithm, b"\x00" + entry).digest() for entry in entries]
    while len(level) > 1:
        above = [
            hashlib.new(algorithm, b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = above + level[len(above) * 2 :]
    return level[0]


def test_sm3_gives_the_standards_own_example() -> None:
    # GB/T 32905-2016, Annex A.1: the digest of "abc".
    known = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest_of("sm3")(b"abc").hexdigest() == known


def test_sha256_gives_the_standards_own_example() -> None:
    # FIPS 180-4, the digest of "abc".
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_of("sha256")(b"abc").hexdigest() == known


def test_the_tree_of_three_entries_is_known() -> None:
    # H(1 || H(1 || H(0 a) H(0 b)) || H(0 c)), computed with sha256sum in a shell.
    seal = seal_entries(1, "edits", [b"a", b"b", b"c"])
    assert seal.root.hex() == by_hand([b"a", b"b", b"c"], "sha256").hex()
    assert seal.root.hex() == "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1"


def test_an_algorithm_that_is_none_is_refused() -> None:
    with pytest.raises(NoAlgorithm, match="write one of sha256, sm3"):
        digest_of("md5")


def test_an_openssl_without_sm3_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def new(name: str, *_: object) -> object:
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(hashlib, "new", new)
    with pytest.raises(NoAlgorithm, match=r"OpenSSL on this machine has no sm3.*take sha256"):
        digest_of("sm3")


@given(ROWS, st.sampled_from(ALGORITHMS))
def test_a_seal_is_the_tree_over_leaves_of_64_rows(
    rows: list[tuple[int, int, int]], algorithm: str
) -> None:
    data = [struct.pack("<Qqq", *row) for row in rows]
    leaves = [b"".join(data[start : start + 64]) for start in range(0, len(data), 64)]
    seal = seal_rows(3, 2, *columns(rows), algorithm)
    assert seal.root == by_hand(leaves, algorithm)
    assert (seal.part, seal.block, seal.rows, len(seal.checks)) == (3, 2, len(rows), len(rows))
    assert data[0] == row_bytes(*rows[0])


@given(ROWS, st.lists(st.integers(0, 300), max_size=5))
def test_pieces_do_not_matter(rows: list[tuple[int, int, int]], cuts: list[int]) -> None:
    prints, at, value = columns(rows)
    sealing = Sealing("sha256")
    edges = [0, *sorted(cuts), len(rows)]
    for start, end in pairwise(edges):
        sealing.add(prints[start:end], at[start:end], value[start:end])
    assert sealing.seal(1, 0) == seal_rows(1, 0, prints, at, value)


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=70), st.sampled_from(ALGORITHMS))
def test_every_leafs_path_leads_to_the_root(entries: list[bytes], algorithm: str) -> None:
    leaves = [hashlib.new(algorithm, b"\x00" + entry).digest() for entry in entries]
    root = root_of(b"".join(leaves), algorithm)
    assert root == by_hand(entries, algorithm)
    for place, leaf in enumerate(leaves):
        path = path_of(b"".join(leaves), place, algorithm)
        assert climb(leaf, path, algorithm) == root
        assert climb(hashlib.new(algorithm, b"\x00?" + leaf).digest(), path, algorithm) != root


@given(ROWS, st.data())
def test_any_single_alteration_changes_the_root(
    rows: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    print_, at, value = rows[place]
    other = data.draw(st.tuples(st.integers(0, 2**64 - 1), NUMBERS, NUMBERS))
    altered = [
        [*rows[:place], (print_, at, other[2]), *rows[place + 1 :]],
        [*rows[:place], (print_, other[1], value), *rows[place + 1 :]],
        [*rows[:place], (other[0], at, value), *rows[place + 1 :]],
        [*rows[:place], *rows[place + 1 :]],
        [*rows[:place], other, *rows[place:]],
        [*rows[:place], *rows[place + 1 :], rows[place]],
    ]
    sealed = seal_rows(1, 0, *columns(rows))
    for now in altered:
        if now and now != rows:
            assert seal_rows(1, 0, *columns(now)).root != sealed.root


def test_check_bytes_tell_neighbours_apart() -> None:
    """One step of value, instant or meter changes the byte about 255 times of 256."""
    count = 20_000
    prints = np.full(count, fingerprint("A"), np.uint64)
    at, value = np.arange(count) * 3_600_000_000, np.arange(count) * 10
    before = np.frombuffer(check_bytes(prints, at, value), np.uint8)
    for altered in (
        check_bytes(prints, at, value + 1),
        check_bytes(prints, at, value ^ (1 << 40)),
        check_bytes(prints, at + 1_000_000, value),
        check_bytes(prints + np.uint64(1), at, value),
    ):
        same = int((before == np.frombuffer(altered, np.uint8)).sum())
        assert same < count / 256 * 1.5
    assert np.bincount(before, minlength=256).max() < count / 256 * 2


def test_days_and_chain_by_hand() -> None:
    seals = [Seal(2, 1, "readings", 70, "sha256", b"b" * 32, b""),
             Seal(2, 0, "readings", 64, "sm3", b"a" * 32, b""),
             Seal(2, -1, "frames", 3, "sha256", b"c" * 32, b"")]  # fmt: skip
    entries = [struct.pack("<qqqq", 2, 0, 0, 64) + b"a" * 32,
               struct.pack("<qqqq", 2, 1, 0, 70) + b"b" * 32,
               struct.pack("<qqqq", 2, -1, 2, 3) + b"c" * 32]  # fmt: skip
    root = day_root(seals, "sha256")
    assert root == by_hand(entries, "sha256")
    expected = hashlib.sha256(b"\x02" + bytes(32) + b"2024-01-31" + root).digest()
    assert link(START, date(2024, 1, 31), root, "sha256") == expected
