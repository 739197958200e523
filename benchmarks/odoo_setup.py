"""Odoo as a library: configured, quiet, without a server."""

from odoo.tools import config


def configure(conf, addons_path):
    """Read the configuration file; do nothing in the background."""
    options = ["--no-http", "--max-cron-threads=0", "--log-level=error"]
    config.parse_config(["-c", conf, f"--addons-path={addons_path}", *options], setup_logging=True)
