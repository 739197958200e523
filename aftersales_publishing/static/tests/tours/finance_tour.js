import {registry} from "@web/core/registry";
import {openRow, screenshot} from "@aftersales_publishing/../tests/tours/tour_steps";

/** The refunds of the morning: looked at, approved, posted, paid. */
registry.category("web_tour.tours").add("aftersales_finance", {
    url: "/odoo/aftersales-refunds-to-approve",
    steps: () => [
        screenshot("finance_to_approve"),
        openRow("Tour Reader"),
        screenshot("finance_refund"),
        {
            content: "approve and post",
            trigger: ".o_form_view button[name=action_approve_and_post]:visible",
            run: "click",
        },
        {
            content: "posted, to pay",
            trigger: ".o_form_view button[name=action_pay]:visible",
            run: "click",
        },
        {
            content: "paid",
            trigger: ".o_arrow_button_current:contains(Paid)",
        },
        screenshot("finance_paid"),
    ],
});
