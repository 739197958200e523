from . import test_access
from . import test_exchange
from . import test_hold
from . import test_intake
from . import test_queries
from . import test_refund
from . import test_settings
from . import test_tours
