"""Where things lie. All that is made goes to the environment directory: delete it to start over."""

import hashlib
import os
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
ENV = Path(os.environ.get("ODOO_ENV") or REPO / ".odoo").absolute()

ODOO_ROOT = ENV / "root"  # Debian's packages, unpacked
DIST_PACKAGES = ODOO_ROOT / "usr/lib/python3/dist-packages"
VENV = ENV / "venv"
LINT_VENV = ENV / "venv-lint"
NODE = ENV / "node"
BIN = ENV / "bin"
CONF = ENV / "odoo.conf"
FILESTORE = ENV / "data/filestore"
LOGS = ENV / "logs"

ODOO_SCRIPTS = REPO / "dev_env/odoo_scripts"
REQUIREMENTS_ODOO = REPO / "requirements-odoo.txt"
REQUIREMENTS_DEV = REPO / "requirements-dev.txt"
REQUIREMENTS_LINT = REPO / "requirements-lint.txt"

OWN_ODOO = "ODOO_PYTHON" not in os.environ  # else an interpreter that imports Odoo 19
PYTHON = Path(os.environ.get("ODOO_PYTHON") or VENV / "bin/python")
PORT = os.environ.get("PORT", "8069")


def digest(*parts):
    """Return a short name for this content."""
    text = "\0".join(map(str, parts))
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def is_current(stamp, value):
    """Whether a step left its stamp, as the last thing it did, for this very value."""
    return stamp.is_file() and stamp.read_text() == value


def prepare():
    """Make the environment directory and put its programs first on PATH."""
    for folder in (ENV, LOGS, BIN):
        folder.mkdir(parents=True, exist_ok=True)
    if ENV.stat().st_uid != os.geteuid():
        sys.exit(f"{ENV} belongs to another user; choose a directory with ODOO_ENV")
    (ENV / ".gitignore").write_text("*\n")
    server_programs = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),  # Debian keeps initdb off PATH
        key=lambda folder: -float(folder.parent.name),
    )
    wanted = [BIN, PYTHON.parent, *server_programs]
    path = [*map(str, wanted), *os.environ["PATH"].split(os.pathsep)]
    os.environ["PATH"] = os.pathsep.join(dict.fromkeys(path))
