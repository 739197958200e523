import {registry} from "@web/core/registry";
import {
    inDialog,
    openRow,
    primary,
    screenshot,
} from "@aftersales_publishing/../tests/tours/tour_steps";

/** Print quality looks at an alarm, holds the run and says so. */
registry.category("web_tour.tours").add("aftersales_quality", {
    steps: () => [
        screenshot("quality_alarms", ".o_list_view .o_data_row"),
        openRow("NOVEL-1-1"),
        {
            content: "the figures in words",
            trigger: ".o_form_view .o_field_widget[name=explanation]:contains(copies sold)",
        },
        screenshot("quality_alarm"),
        {
            content: "look at the run",
            trigger: ".o_form_view button[name=action_view_run]",
            run: "click",
        },
        {
            content: "its figures",
            trigger: ".o_form_view .o_field_widget[name=confirmed_quantity]:contains(6)",
        },
        screenshot("quality_run"),
        {
            content: "who has copies",
            trigger: ".o_form_view button[name=action_view_run_readers]",
            run: "click",
        },
        screenshot("quality_readers", ".o_list_view .o_data_row:contains(Tour Reader)"),
        {
            content: "back to the run",
            trigger: ".o_control_panel .o_back_button, .o_control_panel .breadcrumb-item a:last",
            run: "click",
        },
        {
            content: "more buttons",
            trigger: ".o_button_more",
            run: "click",
        },
        {
            content: "months and defects",
            trigger: "button[name=action_view_run_analysis]",
            run: "click",
        },
        screenshot("quality_months", ".o_pivot_view .o_pivot table"),
    ],
});

registry.category("web_tour.tours").add("aftersales_quality_holds", {
    steps: () => [
        primary("action_open_hold"),
        {
            content: "why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Leaves come loose",
        },
        ...inDialog("action_hold"),
        primary("action_open_done"),
        {
            content: "what was done",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit On hold, the binder is asked",
        },
        ...inDialog("action_confirm"),
        {
            content: "dealt with",
            trigger: ".o_form_view .o_field_widget[name=note]:contains(binder)",
        },
        screenshot("quality_dealt_with"),
    ],
});

registry.category("web_tour.tours").add("aftersales_quality_stops", {
    steps: () => [
        screenshot("quality_runs", ".o_list_view .o_data_row:contains(NOVEL-1-1)"),
        openRow("NOVEL-1-1"),
        {
            content: "stop printing",
            trigger: ".o_form_view button[name=action_open_stop_print]",
            run: "click",
        },
        {
            content: "what is wrong",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Leaves come loose: the glue is brittle.",
        },
        screenshot("quality_stop_dialog", ".modal"),
        {
            content: "send",
            trigger: ".modal button[name=action_send]:visible",
            run: "click",
        },
        {
            content: "sent",
            trigger: ".o_form_view button[name=action_open_acknowledge].btn-primary",
        },
        screenshot("quality_stop"),
    ],
});

registry.category("web_tour.tours").add("aftersales_quality_compares", {
    steps: () => [
        {
            content: "printers side by side",
            trigger: ".o_pivot_view .o_pivot table:contains(Hongqi Printing)",
        },
        screenshot("quality_printers"),
    ],
});
