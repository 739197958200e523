{
    "name": "Aftersales Publishing: China",
    "summary": "Fapiao of what is refunded, red invoices that are due",
    "version": "19.0.1.1.0",
    "category": "After-Sales",
    "author": "Aftersales Publishing contributors",
    "license": "AGPL-3",
    "depends": ["aftersales_publishing", "l10n_cn"],
    "data": [
        "views/account_move_views.xml",
        "views/aftersales_refund_views.xml",
        "report/aftersales_refund_templates.xml",
        "views/aftersales_publishing_l10n_cn_menus.xml",
    ],
    "auto_install": True,
}
