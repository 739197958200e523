"""Debian's odoo-19, unpacked privately: no root rights needed, the machine is not touched.

Odoo is in Debian's unstable suite only. Its package is of architecture "all", so it can be
unpacked anywhere; apt, with a configuration of its own, checks signatures and hashes. No version is
pinned: Debian removes old ones.
"""

import os
import re
import shutil
from pathlib import Path

from .paths import DIST_PACKAGES, ENV, ODOO_ROOT, digest, is_current
from .process import Failed, follow

# Odoo's package has 41 links to files of these; bookworm still has them where the links point
LINKED = [
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
PACKAGES = ["odoo-19/sid", "fonts-montserrat/sid", *(f"{name}/bookworm" for name in LINKED)]
STAMP = ODOO_ROOT / ".stamp"


def unpack():
    """Download and unpack Odoo, unless that is done."""
    wanted = digest(*PACKAGES)
    if is_current(STAMP, wanted):
        return
    apt = ENV / "apt"
    environment = os.environ | {"APT_CONFIG": str(_private_apt(apt))}
    follow("package lists of Odoo", "apt-get", "-q", "update", env=environment)
    downloads = apt / "debs"
    follow("download Odoo", "apt-get", "-q", "download", *PACKAGES, env=environment, cwd=downloads)
    shutil.rmtree(ODOO_ROOT, ignore_errors=True)
    ODOO_ROOT.mkdir()
    each = 'for package in *.deb; do echo "$package"; dpkg-deb -x "$package" "$0" || exit; done'
    follow("unpack Odoo", "sh", "-c", each, ODOO_ROOT, cwd=downloads)
    _mend()
    shutil.rmtree(apt)
    STAMP.write_text(wanted)


def _private_apt(apt):
    """Write an apt configuration that shares nothing with the machine's but its mirror."""
    for folder in ("lists/partial", "cache/archives/partial", "debs"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    source = f"deb [signed-by={keyring}] {_mirror()}"
    (apt / "sources.list").write_text(f"{source} bookworm main\n{source} sid main\n")
    (apt / "status").touch()
    configuration = apt / "apt.conf"
    configuration.write_text(
        f"""
        Dir::Etc::sourcelist "{apt}/sources.list";
        Dir::Etc::sourceparts "/dev/null";
        Dir::Etc::preferencesparts "/dev/null";
        Dir::State::lists "{apt}/lists";
        Dir::State::status "{apt}/status";
        Dir::Cache "{apt}/cache";
        APT::Sandbox::User "";
        Acquire::Languages "none";
        Acquire::Retries "3";
        """
    )
    return configuration


def _mirror():
    """Return the address of the Debian mirror this machine uses already."""
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("debian*")]
    text = "\n".join(source.read_text() for source in sources if source.is_file())
    pattern = r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(\S+/debian)/?(?:\s|$)"
    if found := re.search(pattern, text, re.MULTILINE):
        return found.group(1)
    raise Failed(
        "There is no Debian mirror in /etc/apt. On another system, "
        "name an interpreter that imports Odoo 19 in ODOO_PYTHON."
    )


def _mend():
    """Mend what is wrong or missing in Debian's package."""
    # a packaging slip: Python files outside `odoo`, which hide modules of those names
    for leftover in ("addons", "doc", "setup"):
        shutil.rmtree(DIST_PACKAGES / leftover, ignore_errors=True)
    # for pip check, the names PyPI has wheels for (requires.txt only repeats PKG-INFO)
    egg_info = next(DIST_PACKAGES.glob("odoo-*.egg-info"))
    (egg_info / "requires.txt").unlink()
    info = egg_info / "PKG-INFO"
    text = info.read_text().replace(": psycopg2>", ": psycopg2-binary>")
    info.write_text(text.replace(": PyPDF2", ": pypdf"))
    # not free enough for Debian, but listed in a bundle: without it every browser test fails
    library = DIST_PACKAGES / "odoo/addons/mail/static/lib/selfie_segmentation"
    script = library / "selfie_segmentation.js"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("// left out by Debian\n")
