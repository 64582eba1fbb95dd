"""The ledger: seals of what is committed, a chain of closed days, alterations named, proofs."""

from shuiheng.store.ledger.chain import Day
from shuiheng.store.ledger.digest import ALGORITHMS, NoAlgorithm, digest_of
from shuiheng.store.ledger.prove import NoProof, ProofFails, as_text, check_proof, prove
from shuiheng.store.ledger.seal import Seal, fingerprint, fingerprints, seal_rows
from shuiheng.store.ledger.verify import Verified, published_findings, verify
from shuiheng.store.ledger.writing import (
    close_days,
    closed_days,
    put_seals,
    received_at,
    seal_edits,
    seal_frames,
    seal_readings,
)

__all__ = [
    "ALGORITHMS",
    "Day",
    "NoAlgorithm",
    "NoProof",
    "ProofFails",
    "Seal",
    "Verified",
    "as_text",
    "check_proof",
    "close_days",
    "closed_days",
    "digest_of",
    "fingerprint",
    "fingerprints",
    "prove",
    "published_findings",
    "put_seals",
    "received_at",
    "seal_edits",
    "seal_frames",
    "seal_readings",
    "seal_rows",
    "verify",
]
