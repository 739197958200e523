import {registry} from "@web/core/registry";
import {
    inDialog,
    nextStep,
    primary,
    screenshot,
} from "@aftersales_publishing/../tests/tours/tour_steps";

/** Propose a remedy for so many copies while the reader is on the phone, and execute it. */
function settle(remedy, copies) {
    return [
        primary("action_open_propose"),
        {
            content: remedy,
            trigger: `.modal .o_field_widget[name=remedy_id] label:contains(/^${remedy}$/)`,
            run: "click",
        },
        {
            content: `${copies} copies`,
            trigger: ".modal .o_field_widget[name=quantity] input",
            run: `edit ${copies}`,
        },
        {
            content: "the reader agrees",
            trigger: ".modal .o_field_widget[name=agreed] input:not(:checked)",
            run: "click",
        },
        screenshot(`agent_settle_${copies}`, ".modal"),
        ...inDialog("action_propose"),
    ];
}

/** Six copies came loose: three are exchanged, two sent back for their price, one is kept. */
registry.category("web_tour.tours").add("aftersales_three_remedies", {
    steps: () => [
        nextStep("Propose"),
        ...settle("Exchange", 3),
        nextStep("Propose"),
        ...settle("Return and refund", 2),
        nextStep("Propose"),
        ...settle("Refund without return", 1),
        nextStep("Receive"),
        screenshot("agent_three_remedies"),
    ],
});
