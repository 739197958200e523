from . import test_red_invoice
