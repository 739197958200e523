"""Uninstall the add-ons. Run inside `odoo shell`; the names are in SCRIPT_ARGUMENTS."""

import os

env = globals()["env"]  # given by `odoo shell`

names = os.environ["SCRIPT_ARGUMENTS"].split()
env["ir.module.module"].search([("name", "in", names)]).button_immediate_uninstall()
