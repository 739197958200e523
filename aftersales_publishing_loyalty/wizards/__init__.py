from . import aftersales_propose_wizard
