import {registry} from "@web/core/registry";
import {screenshot} from "@aftersales_publishing/../tests/tours/tour_steps";
import {
    FIELD,
    ask,
    done,
    key,
    pause,
    press,
    right,
    scan,
    wrong,
} from "@aftersales_publishing/../tests/tours/returns_keys";

const PARCELS = 100;

/** Scan while the server is slow, and press keys by hand before it answers. */
async function scanSlowly(code, keys) {
    const {prototype} = window.XMLHttpRequest;
    const {send} = prototype;
    prototype.send = function (...args) {
        setTimeout(() => send.apply(this, args), 600);
    };
    [...code, "Enter"].forEach((key) => press(key));
    for (const key of keys) {
        press(key);
        await new Promise((resolve) => setTimeout(resolve, 150));
    }
    prototype.send = send;
}

/** The clerk's first parcels: everything that can be in them, with keys alone. */
registry.category("web_tour.tours").add("aftersales_returns_table", {
    url: "/odoo/aftersales-returns-table",
    steps: () => [
        // two copies, one of another impression; an atlas that nobody expects
        ...scan("SF-TOUR-1", right("scan the books")),
        ...scan("978-7-02-000220-7", right("Grade it")),
        ...key("d", right("Defective")),
        {
            content: "a held Backspace takes no counted copy off",
            trigger: FIELD,
            run: () => press("Backspace", {repeat: true}),
        },
        ...key("!", right("Pages complete: yes"), {code: "Digit1", shiftKey: true}),
        ...key("w", right("Wrap: Whole")),
        ...key("t", ".o_returns_table_message:contains(Type, then Enter)"),
        ...scan("pages 17 to 32 are loose", right("pages 17 to 32")),
        {
            content: "keys pressed while a call runs wait for it",
            trigger: `body:has(${FIELD}:focus)`,
            run: () => scanSlowly("702000220X", ["d", "w"]),
        },
        {content: "both were done", trigger: right("Wrap: Whole")},
        ...key("2", right("NOVEL-1-2")),
        ...key("h", right("Hurt stock")),
        ...key("k", right("Keep in quarantine")),
        screenshot("warehouse_table"),
        ...scan("9787108006721", wrong("not expected")),
        ...key("e", right("Noted as unexpected")),
        ...key("Enter", done(1)),
        // two parcels of one reader: by the phone, one of them by its digit; it is short
        ...scan("6677", ask("Several parcels")),
        ...key("1", right("scan the books")),
        ...key("1", right("Grade it")),
        ...key("d", right("Defective")),
        {
            content: "the second line end of a scanner confirms nothing",
            trigger: FIELD,
            run: () => press("Enter"),
        },
        pause(),
        ...key("Enter", ask("1 missing")),
        pause(),
        ...key("Enter", done(2)),
        // an ownerless parcel
        ...scan("EMS-NOBODY", wrong("No parcel is expected")),
        pause(),
        ...key("Enter", ask("what is in it")),
        ...scan("9787108006721", right("Atlas")),
        ...scan("a letter", right("a letter")),
        pause(),
        ...key("Enter", ask("What is written on it")),
        ...scan("Mr Wang, 402", done(3)),
        {
            content: "to the ownerless parcels",
            trigger: ".o_main_navbar .o_nav_entry:contains(Ownerless Parcels)",
            run: "click",
        },
        {
            content: "the one recorded",
            trigger: ".o_data_row .o_data_cell:contains(EMS-NOBODY)",
        },
        screenshot("warehouse_ownerless"),
        {
            content: "open it",
            trigger: ".o_data_row .o_data_cell:contains(EMS-NOBODY)",
            run: "click",
        },
        {content: "its form", trigger: ".o_form_view .o_field_widget[name=line_ids]"},
        {
            content: "to the announced returns",
            trigger: ".o_main_navbar .o_nav_entry:contains(Returns to Receive)",
            run: "click",
        },
        {
            content: "from there to the table",
            trigger: ".o_control_panel button:contains(Returns Table)",
            run: "click",
        },
        {content: "the table again", trigger: `body:has(${FIELD}:focus)`},
    ],
});

/** A morning at the table: parcel after parcel, four scans or keys each. */
registry.category("web_tour.tours").add("aftersales_returns_table_many", {
    url: "/odoo/aftersales-returns-table",
    steps: () =>
        Array.from({length: PARCELS}, (_value, index) => [
            ...scan(`SF-MANY-${index}`, right("scan the books")),
            ...scan("9787020002207", right("Grade it")),
            ...key("d", right("Defective")),
            pause(),
            ...key("Enter", done(index + 1)),
        ]).flat(),
});
