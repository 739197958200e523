from . import test_coupon
from . import test_order_form
from . import test_store_credit
from . import test_install_codes
from . import test_walk_later_orders
