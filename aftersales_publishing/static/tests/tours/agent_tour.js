import {registry} from "@web/core/registry";
import {
    inDialog,
    nextStep,
    primary,
    screenshot,
} from "@aftersales_publishing/../tests/tours/tour_steps";

/** A reader calls: the case is taken in, an exchange is agreed while on the phone. */
registry.category("web_tour.tours").add("aftersales_agent", {
    url: "/odoo/aftersales-my-cases",
    steps: () => [
        screenshot("agent_my_cases"),
        {
            content: "a new case",
            trigger: ".o_control_panel .o_list_button_add, .o-kanban-button-new",
            run: "click",
        },
        {
            content: "what it is about",
            trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
            run: "edit Leaves fall out",
        },
        {
            content: "the reader",
            trigger: ".o_field_widget[name=partner_id] input",
            run: "edit Tour Reader",
        },
        {
            content: "found",
            trigger: ".o-autocomplete--dropdown-item:contains(Tour Reader)",
            run: "click",
        },
        {
            content: "what is complained of",
            trigger: ".o_field_widget[name=case_type_id] input",
            run: "edit Binding",
        },
        {
            content: "found",
            trigger: ".o-autocomplete--dropdown-item:contains(Binding)",
            run: "click",
        },
        {
            content: "what was delivered",
            trigger: "button[name=action_open_delivered]:visible:first",
            run: "click",
        },
        {
            content: "one copy of the novel",
            trigger: ".modal .o_data_row:contains(NOVEL-1-1) .o_data_cell[name=quantity]",
            run: "click",
        },
        {
            content: "one copy",
            trigger: ".modal .o_data_row .o_field_widget[name=quantity] input",
            run: "edit 1",
        },
        screenshot("agent_delivered", ".modal"),
        ...inDialog("action_add"),
        primary("action_register"),
        nextStep("proof"),
        {
            content: "the proof",
            trigger: ".o_notebook .nav-link:contains(Proof)",
            run: "click",
        },
        {
            content: "seen it",
            trigger:
                ".o_field_widget[name=proof_ids] .o_data_row .o_data_cell[name=received] input",
            run: "click",
        },
        screenshot("agent_proof"),
        {
            content: "save",
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            content: "saved",
            trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_dirty))",
        },
        {
            content: "the books again",
            trigger: ".o_notebook .nav-link:contains(Books)",
            run: "click",
        },
        screenshot("agent_case"),
    ],
});

/** The same case the other day: judged, proposed, agreed. */
registry.category("web_tour.tours").add("aftersales_agent_settles", {
    steps: () => [
        {
            content: "judge otherwise than proposed",
            trigger: ".o_statusbar_buttons button[name=action_open_judge]",
            run: "click",
        },
        {
            content: "the dialog starts with the proposal",
            trigger: ".modal .o_data_row:contains(Printer)",
        },
        screenshot("agent_judge", ".modal"),
        {
            content: "think again",
            trigger: ".modal-footer .o_form_button_cancel, .modal-footer button[special=cancel]",
            run: "click",
        },
        {content: "the dialog is closed", trigger: "body:not(:has(.modal)) .o_form_view"},
        screenshot("agent_verdict"),
        primary("action_accept_verdicts"),
        nextStep("Propose"),
        primary("action_open_propose"),
        {
            content: "the reader is on the phone",
            trigger: ".modal .o_field_widget[name=agreed] input",
            run: "click",
        },
        screenshot("agent_propose", ".modal"),
        ...inDialog("action_propose"),
        nextStep("Receive"),
        screenshot("agent_executing"),
    ],
});
