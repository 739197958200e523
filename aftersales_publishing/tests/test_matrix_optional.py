from odoo.tests import tagged

from .common import AftersalesCommon
from .matrix_shapes import get_ways
from .test_matrix import Matrix


class OptionalMatrix(Matrix):
    """The ways that modules bring which the add-on does not need: store credit, providers."""

    needs_modules = {"aftersales_publishing_loyalty", "payment_demo"}

    def _get_cells(self):
        return [cell for cell in get_ways(self.part, 2) if cell.needed_module]


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestOptionalMatrixAverage(OptionalMatrix, AftersalesCommon):
    """Average cost."""

    method, part = "average", 0


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestOptionalMatrixFifo(OptionalMatrix, AftersalesCommon):
    """First in, first out."""

    method, part = "fifo", 1
