"""What houses with Odoo's loyalty programs give readers for their next order (R6.1)."""

from odoo import Command


def offer_gift_cards(company):
    """Let store credit be gift cards of Odoo's own program; return it."""
    Program = company.env["loyalty.program"]
    program = Program.browse(Program.create_from_template("gift_card")["res_id"])
    company.aftersales_credit_program_id = program
    return program


def create_coupons(env, name, program_type="coupons", **reward):
    """Make a program as Odoo proposes it, with a discount of its own and Odoo's mail."""
    mail = env.ref("loyalty.mail_template_loyalty_card")
    is_coupons = program_type == "coupons"
    return env["loyalty.program"].create(
        {
            "name": name,
            "program_type": program_type,
            "applies_on": "current" if is_coupons else "future",
            "trigger": "with_code" if is_coupons else "auto",
            "reward_ids": [Command.create({"reward_type": "discount", **reward})],
            "communication_plan_ids": [
                Command.create({"trigger": "create", "mail_template_id": mail.id})
            ],
        }
    )


def create_ten_off(env):
    """Make coupons of ten off an order."""
    return create_coupons(env, "Ten off", discount_mode="per_order", discount=10.0)
