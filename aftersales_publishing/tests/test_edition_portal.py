from lxml import html

from odoo.tests import HttpCase, tagged

from .test_edition import EditionCommon


@tagged("post_install", "-at_install")
class TestEditionPortal(EditionCommon, HttpCase):
    """The reader opens the quotation from the mail: the difference is asked for, nothing else."""

    def test_the_difference_only(self):
        """Never “Full amount”, also when the address asks for it: the credit pays the rest."""
        _order, ticket, _resolution, _refund = self._credit_old()
        new = self._new_order(ticket)
        for options in ("", "&amount_selection=full_amount"):
            response = self.url_open(new.get_portal_url() + options)
            self.assertEqual(response.status_code, 200)
            text = html.fromstring(response.text).text_content()
            self.assertIn("Price difference", text)
            self.assertNotIn("Full amount", text)
            self.assertNotIn("14.57", text, "no percentage")
            self.assertRegex(text, r"By paying,\s+\S*\s*11\.12")

    def test_the_rest_after_a_part(self):
        """Nothing is credited: 30.00 of 76.30 were transferred, the page asks for 46.30."""
        _order, ticket, resolution, _refund = self._credit_old(pay=False)
        new = self._new_order(ticket)
        self.assertEqual((new.aftersales_credit, new.aftersales_due), (0.0, 76.3))
        resolution.with_user(self.finance).action_receive_difference(self.bank, amount=30.0)
        self._end_of_request()
        self.assertEqual((new.state, new.prepayment_percent), ("sent", 1.0))
        for options in ("", "&amount_selection=full_amount"):
            text = html.fromstring(self.url_open(new.get_portal_url() + options).text)
            self.assertRegex(text.text_content(), r"By paying,\s+\S*\s*46\.30")
