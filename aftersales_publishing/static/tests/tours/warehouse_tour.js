import {registry} from "@web/core/registry";
import {choose, openRow, screenshot} from "@aftersales_publishing/../tests/tours/tour_steps";

/** A parcel came back: received, inspected, the replacement shipped. */
registry.category("web_tour.tours").add("aftersales_warehouse", {
    url: "/odoo/aftersales-returns",
    steps: () => [
        screenshot("warehouse_returns"),
        openRow("Tour Reader"),
        screenshot("warehouse_return"),
        {
            content: "everything came",
            trigger: ".o_form_view button[name=button_validate]:visible",
            run: "click",
        },
        {
            content: "received",
            trigger: ".o_arrow_button_current:contains(Done)",
        },
        {
            content: "to the table",
            trigger: ".o_main_navbar .o_nav_entry:contains(To Inspect)",
            run: "click",
        },
        ...choose("grade", "Defective"),
        {
            content: "where it goes",
            trigger: ".o_data_row:first .o_data_cell[name=disposition]",
            run: "click",
        },
        {
            content: "the choices",
            trigger: ".o_data_row:first .o_data_cell[name=disposition] input",
            run: "click",
        },
        {
            content: "our copy is kept for no repair",
            trigger:
                "body:not(:has(.o_select_menu_item:contains(Keep for the repair))) .o_select_menu_item:contains(Keep in quarantine)",
            run: "click",
        },
        screenshot("warehouse_inspect"),
        {
            content: "done",
            trigger: ".o_data_row:first button[name=action_done]",
            run: "click",
        },
        {
            content: "nothing left on the table",
            trigger: ".o_view_nocontent, .o_list_view:not(:has(.o_data_row))",
        },
        {
            content: "to the replacements",
            trigger: ".o_main_navbar .o_nav_entry:contains(Replacements)",
            run: "click",
        },
        screenshot("warehouse_shipments"),
        openRow("Tour Reader"),
        {
            content: "ship",
            trigger: ".o_form_view button[name=button_validate]:visible",
            run: "click",
        },
        {
            content: "shipped",
            trigger: ".o_arrow_button_current:contains(Done)",
        },
    ],
});
