"""odoo.conf, and running Odoo."""

import configparser
import os

from . import mailbox, paths
from .process import follow, say

LIBPQ = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")


def write_configuration():
    """Write odoo.conf; the repository itself is the addons path."""
    options = {
        "addons_path": paths.REPO,
        "data_dir": paths.ENV / "data",
        "http_interface": "127.0.0.1",
        "http_port": paths.PORT,
        "list_db": "False",
        "screenshots": paths.ENV / "screenshots",
        "smtp_server": "127.0.0.1",  # nothing shall leave the machine, see mailbox.py
        "smtp_port": mailbox.PORT,
    }
    options |= {"db_" + name[2:].lower(): os.environ[name] for name in LIBPQ if name in os.environ}
    parser = configparser.RawConfigParser()
    parser["options"] = options
    with paths.CONF.open("w") as file:
        parser.write(file)


def command(subcommand, *arguments):
    """Return an Odoo command line with our configuration."""
    return [paths.PYTHON, "-m", "odoo", *subcommand.split(), "-c", paths.CONF, *arguments]


def change_modules(title, database, *options):
    """Install or update modules; warnings are shown, they are worth a look."""
    arguments = ["-d", database, *options, "--stop-after-init", "--no-http"]
    log = follow(title, *command("server", *arguments))
    for line in log.read_text(errors="replace").splitlines():
        if " WARNING " in line or " ERROR " in line:
            say("  " + line)


def run_script(title, database, script, *arguments, addons_path=paths.REPO):
    """Run a Python file inside Odoo, which gives it `env`; what it doesn't commit is undone."""
    options = ["-d", database, "--no-http", "--log-level=warn", f"--addons-path={addons_path}"]
    environment = os.environ | {"SCRIPT_ARGUMENTS": " ".join(arguments)}
    follow(title, *command("shell", *options), script=script, env=environment)
