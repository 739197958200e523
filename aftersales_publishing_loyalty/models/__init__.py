from . import aftersales_event
from . import aftersales_remedy
from . import aftersales_case_line
from . import aftersales_resolution
from . import aftersales_effect
from . import loyalty_card
from . import res_company
from . import res_config_settings
