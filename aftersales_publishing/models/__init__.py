# Shared by the models of the add-on
from . import aftersales_verb_mixin
from . import aftersales_balance
from . import aftersales_balance_reversal
from . import aftersales_change_hook
from . import aftersales_tracking
from . import ir_sequence

# Configuration
from . import aftersales_proof
from . import aftersales_defect
from . import aftersales_remedy_effect
from . import aftersales_remedy
from . import aftersales_remedy_money
from . import aftersales_case_type
from . import aftersales_set_volume
from . import aftersales_checklist
from . import aftersales_title_part
from . import product_template
from . import product_product
from . import res_company
from . import res_users
from . import res_config_settings

# The case
from . import aftersales_event
from . import aftersales_next_step
from . import aftersales_case_objection
from . import aftersales_case_phase
from . import aftersales_case_screen
from . import aftersales_intake
from . import helpdesk_ticket_stage
from . import helpdesk_ticket_team
from . import helpdesk_ticket
from . import aftersales_case_line
from . import aftersales_case_line_volume
from . import aftersales_case_line_part
from . import aftersales_case_line_money
from . import aftersales_case_proof
from . import aftersales_erratum
from . import aftersales_verdict
from . import aftersales_verdict_share

# Decision, effects, what came back, money
from . import aftersales_resolution
from . import aftersales_resolution_check
from . import aftersales_resolution_screen
from . import aftersales_resolution_undo
from . import aftersales_resolution_volume
from . import aftersales_resolution_part
from . import aftersales_resolution_money
from . import aftersales_resolution_freight
from . import aftersales_effect
from . import aftersales_effect_return
from . import aftersales_effect_shipment
from . import aftersales_effect_undelivered
from . import aftersales_effect_wrong_title
from . import aftersales_effect_volume
from . import aftersales_effect_part
from . import aftersales_effect_credit
from . import aftersales_effect_freight
from . import aftersales_inspection
from . import aftersales_inspection_checklist
from . import aftersales_inspection_check
from . import aftersales_refund
from . import aftersales_refund_allocation
from . import aftersales_refund_compensation
from . import aftersales_refund_posting
from . import aftersales_refund_screen
from . import aftersales_refund_undo
from . import aftersales_refund_volume
from . import aftersales_refund_approval
from . import aftersales_refund_bulk
from . import aftersales_refund_limit
from . import aftersales_refund_line
from . import aftersales_refund_payout
from . import aftersales_refund_expense
from . import aftersales_refund_run
from . import aftersales_refund_run_line
from . import aftersales_resolution_receipt

# The returns table
from . import aftersales_waybill
from . import aftersales_stray_parcel
from . import aftersales_stray_parcel_line
from . import helpdesk_ticket_waybill
from . import aftersales_returns_table
from . import aftersales_returns_table_confirm

# Native documents
from . import account_move
from . import account_move_line
from . import account_payment
from . import res_partner
from . import sale_order
from . import sale_order_line
from . import stock_lot
from . import stock_move
from . import stock_move_line
from . import stock_picking
from . import stock_quant
from . import stock_rule
from . import stock_warehouse
