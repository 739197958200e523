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
