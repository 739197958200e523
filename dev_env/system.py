"""Programs and fonts that come from the machine's own Debian."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from . import paths
from .process import Failed, follow, succeeds


def _missing(browser):
    """Return the Debian packages this machine lacks."""
    own_server = "PGHOST" not in os.environ
    programs = {
        "initdb" if own_server else "psql": "postgresql" if own_server else "postgresql-client",
        "wkhtmltopdf": "wkhtmltopdf",
    }
    if browser:
        programs["chromium"] = "chromium"
    packages = [package for program, package in programs.items() if not shutil.which(program)]
    if not succeeds(sys.executable, "-c", "import ensurepip"):
        packages.append("python3-venv")
    if not any(Path("/usr/share/fonts").rglob("NotoSansCJK*")):
        packages.append("fonts-noto-cjk")  # without it Chinese in PDF and browser is boxes
    return packages


def install_packages(browser=False):
    """Install what is missing, as root, or say the exact command."""
    packages = _missing(browser)
    if not packages:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid():
        raise Failed(
            f"Please install first:\n\n    sudo apt-get update && sudo {shlex.join(install)}\n"
        )
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    patient = ["-o", "DPkg::Lock::Timeout=600"]  # another apt may be running
    # a package half configured by an interrupted run would fail the installation
    follow("finish interrupted installations", "dpkg", "--configure", "-a")
    follow("package lists", "apt-get", "-q", *patient, "update")
    follow(f"apt-get install {' '.join(packages)}", install[0], "-q", *patient, *install[1:])
    paths.prepare()  # PostgreSQL's programs have just come
