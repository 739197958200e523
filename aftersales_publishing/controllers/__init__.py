from . import digital_download
from . import portal_order
from . import portal_ticket
