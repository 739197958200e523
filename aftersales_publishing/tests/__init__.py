from . import test_exchange
from . import test_hold
from . import test_refund
from . import test_settings
