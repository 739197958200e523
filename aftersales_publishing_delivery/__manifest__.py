{
    "name": "Aftersales Publishing: Delivery Carriers",
    "summary": "Return labels, carriers of replacements, and what the parcels of a case cost",
    "version": "19.0.1.0.0",
    "category": "After-Sales",
    "author": "Aftersales Publishing contributors",
    "license": "AGPL-3",
    "depends": ["aftersales_publishing", "stock_delivery"],
    "data": [
        "security/aftersales_publishing_delivery_security.xml",
        "security/ir.model.access.csv",
        "data/mail_template_data.xml",
        "views/aftersales_freight_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/res_config_settings_views.xml",
        "views/aftersales_publishing_delivery_menus.xml",
    ],
    "auto_install": True,
}
