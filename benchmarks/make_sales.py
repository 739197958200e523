"""Fill a database with the sale data: ``python -m benchmarks.make_sales --conf … --db …``."""

import argparse

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .odoo_setup import configure
from .sales import fill


def main():
    """Fill and commit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--conf", required=True)
    parser.add_argument("--addons-path", required=True)
    parser.add_argument("--db", required=True)
    options = parser.parse_args()
    configure(options.conf, options.addons_path)
    with Registry(options.db).cursor() as cr:
        fill(api.Environment(cr, SUPERUSER_ID, {"lang": "en_US", "tracking_disable": True}))


if __name__ == "__main__":
    main()
