from odoo.tests import tagged

from .common import AftersalesCommon
from .test_matrix import Matrix


class ChineseMatrix(Matrix):
    """The matrix on the Chinese chart of accounts, whose credit notes are booked in red."""

    needs_modules = {"l10n_cn"}
    chart = "cn"

    def test_red_entries(self):
        """The chart asks for storno: what is credited is a negative figure on its own side."""
        self.assertTrue(self.company.account_storno)


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestChineseMatrixAverage(ChineseMatrix, AftersalesCommon):
    """Average cost."""

    method, part = "average", 4


@tagged("-standard", "-at_install", "post_install", "optional_modules")
class TestChineseMatrixFifo(ChineseMatrix, AftersalesCommon):
    """First in, first out."""

    method, part = "fifo", 5
