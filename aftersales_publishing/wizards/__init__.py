from . import aftersales_agree_wizard
from . import aftersales_delivered_wizard
from . import aftersales_delivered_wizard_line
from . import aftersales_hold_wizard
from . import aftersales_propose_wizard
from . import aftersales_reason_wizard
from . import aftersales_refuse_wizard
from . import stock_return_picking_line
