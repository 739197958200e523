"""The add-on as it was landed last, kept in the repository: CI upgrades databases made with it.

A clone in CI may have no history, so the sources lie in an archive.
"""

import subprocess
import tarfile

from .paths import REPO
from .process import Failed, output

ADDON = "aftersales_publishing"
ARCHIVE = REPO / f"tests_install/landed/{ADDON}.tar.xz"
LEFT_OUT = ("tests", "readme", "static/description")  # what no installation needs


def renew(commit):
    """Write the archive anew from the sources of a commit."""
    left_out = [f":!{ADDON}/{folder}" for folder in LEFT_OUT]
    command = ["git", "archive", "--format=tar", commit, "--", ADDON, *left_out]
    sources = subprocess.run(command, cwd=REPO, stdout=subprocess.PIPE)
    if sources.returncode:
        raise Failed(f"git has no sources of {ADDON} for {commit!r}.")
    ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(["xz", "-9e"], input=sources.stdout, stdout=subprocess.PIPE, check=True)
    ARCHIVE.write_bytes(packed.stdout)
    return output("git", "log", "-1", "--format=%h %s", commit, cwd=REPO).strip()


def unpack(folder):
    """Unpack the archive; return the folder, which is an addons path."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder
