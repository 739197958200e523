import {registry} from "@web/core/registry";
import {
    choose,
    inDialog,
    primary,
    screenshot,
} from "@aftersales_publishing/../tests/tours/tour_steps";

/** A reader cannot wait any longer: what was not sent yet is cancelled. */
registry.category("web_tour.tours").add("aftersales_agent_undelivered", {
    steps: () => [
        {
            content: "what was ordered",
            trigger: "button[name=action_open_delivered]:visible:first",
            run: "click",
        },
        {
            content: "the line that waits",
            trigger: ".modal .o_data_row.text-info .o_data_cell[name=quantity]",
            run: "click",
        },
        {
            content: "two copies",
            trigger: ".modal .o_data_row .o_field_widget[name=quantity] input",
            run: "edit 2",
        },
        screenshot("agent_undelivered", ".modal"),
        ...inDialog("action_add"),
        primary("action_register"),
        primary("action_open_judge"),
        {
            content: "why",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Out of stock",
        },
        ...choose("party", "Warehouse", ".modal"),
        {
            content: "judge",
            trigger: ".modal-footer .o_form_button_save, .modal-footer .btn-primary",
            run: "click",
        },
        primary("action_open_propose"),
        {
            content: "cancel the rest",
            trigger:
                ".modal .o_field_widget[name=remedy_id] .o_radio_item:contains(/^Cancel the rest$/) input",
            run: "click",
        },
        {
            content: "the reader is on the phone",
            trigger: ".modal .o_field_widget[name=agreed] input",
            run: "click",
        },
        screenshot("agent_cancel_rest", ".modal"),
        ...inDialog("action_propose"),
        {
            content: "finished",
            trigger: ".o_arrow_button_current:contains(Done)",
        },
        screenshot("agent_rest_cancelled"),
    ],
});
