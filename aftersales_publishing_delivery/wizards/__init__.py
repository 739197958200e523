from . import aftersales_return_wizard
