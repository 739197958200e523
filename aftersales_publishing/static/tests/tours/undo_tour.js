import {registry} from "@web/core/registry";
import {inDialog, screenshot} from "@aftersales_publishing/../tests/tours/tour_steps";

/** A refund went to the wrong account: finance undoes it. */
registry.category("web_tour.tours").add("aftersales_finance_undoes", {
    steps: () => [
        {
            content: "undo",
            trigger: ".o_form_view button[name=action_open_reverse]:visible",
            run: "click",
        },
        {
            content: "why",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The account was closed",
        },
        screenshot("finance_undo", ".modal"),
        ...inDialog("action_confirm"),
        {
            content: "undone",
            trigger: ".o_form_view:contains(Cancelled)",
        },
        screenshot("finance_undone"),
    ],
});
