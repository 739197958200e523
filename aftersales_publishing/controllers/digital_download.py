from odoo import http
from odoo.http import request

# The token is in the address: it must go nowhere else, and nothing may be kept
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class DigitalDownload(http.Controller):
    """Let readers download the e-book of a title by their own link, without a login (R6.1, R13.1).

    Opening the link shows a page; only its button downloads and counts, so that the scanners of mail
    providers use up nothing. Whatever is wrong with a link, the answer is the same.
    """

    @http.route("/aftersales/download/<string:token>", type="http", auth="public", methods=["GET"])
    def show(self, token, **_options):
        link = self._find(token)
        return self._answer(link) if link else self._refuse()

    @http.route(
        "/aftersales/download/<string:token>/file",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,  # it is done in the name of whoever has the token, never of a user
    )
    def download(self, token, **_options):
        link = self._find(token)
        number = link._count_download() if link else 0
        if not number:
            return self._refuse()
        if number == 1:
            link.env["aftersales.event"]._log("digital_downloaded", link)
        digital = link.digital_id
        stream = request.env["ir.binary"]._get_stream_from(
            digital, "file", filename=digital.file_name, mimetype="application/octet-stream"
        )
        stream.public = False
        response = stream.get_response(as_attachment=True, max_age=None)
        response.headers.update(HEADERS)
        return response

    def _find(self, token):
        return request.env["aftersales.digital.link"].sudo()._find_valid(token)

    def _answer(self, link):
        if link.ticket_id.partner_id.lang:
            request.update_context(lang=link.ticket_id.partner_id.lang)
        return self._render({"link": link.with_env(request.env(su=True))})

    def _refuse(self):
        return self._render({"link": None}, status=404)

    def _render(self, values, status=200):
        response = request.render("aftersales_publishing.digital_download", values, status=status)
        response.headers.update(HEADERS)
        return response
