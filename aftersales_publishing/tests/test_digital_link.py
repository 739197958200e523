import base64
import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .test_digital import DigitalCommon

EPUB = b"PK\x03\x04 the novel"
HOSTILE = ("x", "0", "%00", "../1", "1' OR '1'='1", "%F0%9F%93%96", "A" * 43, "A" * 5000)


@tagged("post_install", "-at_install")
class TestDownloadLink(HttpCase, DigitalCommon):
    """The e-book is a file: the reader downloads it by a link of their own, without a login, for
    some days and some times. Nobody else learns anything (R6.1, R13.1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ebook.write(
            {
                "way": "file",
                "file": base64.b64encode(EPUB),
                "file_name": "novel.epub",
                "link_downloads": 2,
            }
        )
        cls.ticket = cls._case(cls._sell({cls.run_1: 1}), {cls.run_1: 1}, "pages")
        cls.resolution = cls.ticket.line_ids.with_user(cls.agent).action_propose("ebook")
        cls.resolution.action_agree("phone")
        cls.resolution.action_execute()
        cls._end_of_request()
        cls.link = cls.resolution.sudo().effect_ids.digital_link_ids
        cls.page = cls.link.url.split("/", 3)[-1]

    def _open(self, page=None):
        return self.url_open(f"/{page or self.page}", allow_redirects=False)

    def _download(self, page=None):
        return self.url_open(f"/{page or self.page}/file", data={"go": "1"}, allow_redirects=False)

    def _refusal(self, response):
        """Return what an answer says, without what is new in every page."""
        self.assertEqual(response.status_code, 404)
        kept = {"Cache-Control", "Referrer-Policy", "Content-Type", "X-Robots-Tag"}
        headers = {name: value for name, value in response.headers.items() if name in kept}
        return headers, re.sub(r'csrf_token: "[^"]*"', "", response.text)

    def test_download(self):
        [mail] = self._mails(self.resolution)
        self.assertIn(self.link.url, mail.body_html)
        self.assertEqual(self.ticket.phase, "done")
        page = self._open()
        self.assertEqual(page.status_code, 200)
        self.assertIn("A Dream of Red Mansions", page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(self.link.downloads, 0, "a look at the page is no download")
        file = self._download()
        self.assertEqual((file.status_code, file.content), (200, EPUB))
        self.assertIn("attachment", file.headers["Content-Disposition"])
        self.assertIn("novel.epub", file.headers["Content-Disposition"])
        self.assertEqual(file.headers["Content-Type"], "application/octet-stream")
        self.assertEqual(file.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(file.headers["Content-Security-Policy"], "default-src 'none'")
        self.assertEqual(file.headers["Cache-Control"], "no-store")
        self.link.invalidate_recordset()
        self.assertEqual(self.link.downloads, 1)
        self._download()
        codes = self.ticket.event_ids.mapped("code")
        self.assertEqual(codes.count("digital_downloaded"), 1)

    def test_only_the_button_downloads(self):
        """Scanners of mail providers open every link: they use up nothing and get no file."""
        answer = self.url_open(f"/{self.page}/file", allow_redirects=False)
        self.assertEqual(answer.status_code, 405)
        self.assertEqual(self.opener.head(f"{self.base_url()}/{self.page}").status_code, 200)
        self.assertEqual(self.link.downloads, 0)

    def test_every_refusal_is_the_same(self):
        """Never was, ended, used up, void: whoever tries learns nothing from the answer."""
        wrong = "aftersales/download/" + "A" * 43
        expected = self._refusal(self._open(wrong))
        self.assertNotIn("Red Mansions", expected[1])
        ended = {"expires_at": fields.Datetime.now() - timedelta(seconds=1)}
        for vals in (ended, {"downloads": 2}, {"is_void": True}):
            with self.subTest(vals):
                before = self.link.read(list(vals))[0]
                self.link.write(vals)
                self.assertEqual(self._refusal(self._open()), expected)
                self.assertEqual(self._refusal(self._download()), expected)
                self.link.write({name: before[name] for name in vals})
        self.assertEqual(self._refusal(self._download(wrong)), expected)
        self.assertEqual(self._open().status_code, 200)

    def test_hostile_tokens(self):
        for token in HOSTILE:
            with self.subTest(token[:20]):
                for answer in (
                    self._open(f"aftersales/download/{token}"),
                    self._download(f"aftersales/download/{token}"),
                ):
                    self.assertEqual(answer.status_code, 404)
                    self.assertNotIn("Red Mansions", answer.text)

    def test_the_file_is_not_elsewhere(self):
        """Neither the public nor another desk reads it by Odoo's own addresses."""
        address = f"/web/content/aftersales.digital/{self.ebook.id}/file"
        for user in (None, self.agent, self.warehouse, self.finance):
            with self.subTest(user and user.name):
                self.authenticate(user and user.login, user and user.login)
                self.assertEqual(self.url_open(address).status_code, 404)

    def test_used_up(self):
        for _time in range(2):
            self.assertEqual(self._download().content, EPUB)
        self.assertEqual(self._download().status_code, 404)
        self.link.invalidate_recordset()
        self.assertEqual(self.link.downloads, 2)

    def test_mailed_again(self):
        """The link ended: the same one is valid again, for as long as at first."""
        self.link.write({"downloads": 2, "expires_at": fields.Datetime.now() - timedelta(days=1)})
        self._mails(self.resolution).state = "sent"
        self.resolution.action_resend()
        self.assertEqual(self.resolution.sudo().effect_ids.digital_link_ids, self.link)
        self.assertEqual(self._download().content, EPUB)

    def test_void(self):
        self._mails(self.resolution).state = "sent"
        self.resolution.action_void_digital("mailed to the wrong reader")
        self.assertEqual(self._download().status_code, 404)
        self.assertEqual(self.ticket.next_step, "resend")
        self.resolution.action_retry()
        links = self.resolution.sudo().effect_ids.digital_link_ids
        self.assertEqual(len(links), 2)
        self.assertNotEqual(*links.mapped("token"))
        self.assertEqual(self._download().status_code, 404)
        self.assertIn(links.filtered(lambda ln: not ln.is_void).url, self._last_body())

    def _last_body(self):
        return self._mails(self.resolution)[-1].body_html

    def test_cancelled(self):
        self.resolution.action_cancel("wrong case")
        self.assertEqual(self._open().status_code, 404)

    def test_no_file_any_more(self):
        self.ebook.write({"way": "codes", "file": False})
        self.assertEqual(self._open().status_code, 404)

    def test_copies_share_a_link(self):
        order = self._sell({self.run_1: 3})
        resolution = self._send(self._case(order, {self.run_1: 3}, "pages"))
        link = resolution.sudo().effect_ids.digital_link_ids
        self.assertEqual((link.quantity, link.download_limit), (3, 6))
        self.assertEqual(resolution.progress, "done")

    def test_more_copies_more_downloads(self):
        """What is given later is downloaded as often, also after the link was renewed."""
        self.link.write({"downloads": 2, "download_limit": 2})
        effect = self.resolution.sudo().effect_ids
        effect._give_links({effect: 1})
        self.assertEqual((self.link.quantity, self.link.download_limit), (2, 4))

    def test_who_sees_the_link(self):
        self.assertIn("/aftersales/download/", self.link.with_user(self.agent).url)
        with self.assertRaises(AccessError):
            self.link.with_user(self.agent).read(["token"])
        with self.assertRaises(AccessError):
            self.link.with_user(self.auditor).read(["url"])
        with self.assertRaises(AccessError):
            self.link.with_user(self.warehouse).read(["downloads"])
        with self.assertRaises(AccessError):
            self.link.with_user(self.manager).write({"download_limit": 99})
