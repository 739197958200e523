/** Steps that the tours of all desks share. */

/**
 * Ask the test for a picture of the screen as it is now, for the guide.
 * Without a directory for pictures (see tests/test_tours.py) nothing happens.
 */
export function screenshot(name, trigger = ".o_action_manager") {
    return {
        content: `picture of ${name}`,
        trigger,
        run: async () => {
            await new Promise((resolve) => setTimeout(resolve, 600));
            console.log(`screenshot: ${name}`);
            await new Promise((resolve) => setTimeout(resolve, 600));
        },
    };
}

/** Open a record of a list by a text in its row. */
export function openRow(text) {
    return {
        content: `open ${text}`,
        trigger: `.o_list_view .o_data_row:contains(${text}) .o_data_cell:contains(${text})`,
        run: "click",
    };
}

/** Press the highlighted button of the form. */
export function primary(name) {
    return {
        content: `press ${name}`,
        trigger: `.o_form_view .o_statusbar_buttons button[name=${name}].btn-primary`,
        run: "click",
    };
}

/** Press a button of the dialog and wait until it is closed. */
export function inDialog(name) {
    return [
        {
            content: `press ${name} in the dialog`,
            trigger: `.modal button[name=${name}]`,
            run: "click",
        },
        {
            content: "the dialog is closed",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ];
}

/** Wait until the case says what comes next. */
export function nextStep(text) {
    return {
        content: `next: ${text}`,
        trigger: `.o_form_view .o_field_widget[name=next_step]:contains(${text})`,
    };
}

/**
 * Choose a value in a selection of an editable list.
 * The last step waits until the field shows it: Odoo's select menu clears a field that is left
 * before that, which no hand is quick enough to do.
 */
export function choose(field, label, scope = "") {
    const cell = `${scope} .o_data_row:first .o_data_cell[name=${field}]`;
    return [
        {content: `the cell of ${field}`, trigger: cell, run: "click"},
        {content: `open ${field}`, trigger: `${cell} input`, run: "click"},
        {
            content: label,
            trigger: `.o_select_menu_item:contains(${label})`,
            run: "click",
        },
        {content: `${label} is chosen`, trigger: `${cell} input:value(${label})`},
    ];
}
