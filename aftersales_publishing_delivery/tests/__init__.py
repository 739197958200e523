from . import test_freight_cost
from . import test_repair_parcel
from . import test_return_label
from . import test_shipment_carrier
from . import test_verdict_facts
