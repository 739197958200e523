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

/** The whole queue: one refund is refused, the others are approved, posted and paid at once. */
registry.category("web_tour.tours").add("aftersales_finance_queue", {
    url: "/odoo/aftersales-refunds-to-approve",
    steps: () => [
        {
            content: "five wait, the most urgent first",
            trigger:
                ".o_list_view:has(.o_data_row:eq(4)) .o_data_row:first:contains(Queue Reader 0)",
        },
        {
            content: "the copy of this one was not ours",
            trigger: ".o_data_row:contains(Queue Reader 3) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "refuse",
            trigger: ".o_control_panel button[name=action_open_refuse]:visible",
            run: "click",
        },
        {
            content: "why",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The invoice was paid by another shop",
        },
        screenshot("finance_refuse", ".modal"),
        {
            content: "refuse it",
            trigger: ".modal button[name=action_confirm]",
            run: "click",
        },
        {
            content: "four are left",
            trigger: "body:not(:has(.modal)) .o_list_view:not(:has(.o_data_row:eq(4)))",
        },
        {
            content: "all of them",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        screenshot("finance_queue"),
        {
            content: "approve, post and pay",
            trigger: ".o_control_panel button[name=action_bulk_approve_post_pay]:visible",
            run: "click",
        },
        {
            content: "nothing waits",
            trigger: ".o_view_nocontent",
        },
        screenshot("finance_queue_done"),
        {
            content: "the month's lists",
            trigger: ".o_main_navbar button:contains(Month End)",
            run: "click",
        },
        {
            content: "what was refunded before it was back",
            trigger: ".o-dropdown-item:contains(Refunded, Not Received)",
            run: "click",
        },
        {
            content: "its list",
            trigger: ".o_control_panel .o_breadcrumb:contains(Refunded, Not Received)",
        },
        screenshot("finance_month_end"),
    ],
});
