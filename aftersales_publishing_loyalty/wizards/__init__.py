from . import aftersales_propose_wizard
from . import aftersales_reason_wizard
