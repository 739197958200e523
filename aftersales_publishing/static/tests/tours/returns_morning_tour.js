import {registry} from "@web/core/registry";
import {screenshot} from "@aftersales_publishing/../tests/tours/tour_steps";
import {
    FIELD,
    ask,
    done,
    key,
    pause,
    right,
    scan,
    wrong,
} from "@aftersales_publishing/../tests/tours/returns_keys";

const ROW = ".o_list_view .o_data_row";
const NOVEL = "9787020002207";
const ATLAS = "9787108006721";

const menu = (name) => ({
    content: `to ${name}`,
    trigger: `.o_main_navbar .o_nav_entry:contains(${name})`,
    run: "click",
});
const sees = (content, trigger) => ({content, trigger});

/** A book of the parcel that is open: its code, what it is graded as, perhaps where it goes. */
const book = (isbn, ...keys) => [
    ...scan(isbn, right("Grade it")),
    ...keys.flatMap(([name, text]) => key(name, right(text))),
];
const finish = (count) => [pause(), ...key("Enter", done(count))];

/** A returns clerk's morning: what waits, parcel after parcel, prints, an empty queue. */
registry.category("web_tour.tours").add("aftersales_returns_morning", {
    url: "/odoo",
    steps: () => [
        {
            content: "all apps",
            trigger: ".o_navbar_apps_menu button:enabled",
            run: "click",
        },
        {
            content: "her app",
            trigger: ".o-dropdown--menu .o_app:contains(After-sales)",
            run: "click",
        },
        // what waits: the work is the first screen
        sees("five parcels are announced", `.o_list_view:has(.o_data_row:eq(4)) .o_data_row`),
        sees(
            "one of them is overdue",
            `${ROW}:contains(Overdue Reader) .o_field_widget[name=aftersales_return_due] .text-danger`
        ),
        screenshot("warehouse_morning"),
        menu("Ownerless Parcels"),
        sees("one that came yesterday", `${ROW}:contains(EMS-YESTERDAY)`),
        menu("Returns Table"),
        sees("the table waits for the scanner", `body:has(${FIELD}:focus)`),
        // as announced: slip and label come from the printer
        ...scan("SF-MORNING", right("scan the books")),
        ...book(NOVEL, ["d", "Defective"]),
        ...finish(1),
        ...key("F8", done(1)),
        ...key("F9", done(1)),
        // a wrong title that we sent: it goes back on its shelf
        ...scan("6601", right("scan the books")),
        ...scan(NOVEL, wrong("not expected")),
        ...book(ATLAS, ["a", "As new"]),
        ...finish(2),
        // short: one of two, its fellow comes by the next van
        ...scan("6602", right("scan the books")),
        ...book(NOVEL, ["d", "Defective"], ["x", "Pulp"]),
        pause(),
        ...key("Enter", ask("1 missing")),
        ...finish(3),
        ...scan("6602", right("scan the books")),
        ...book(NOVEL, ["d", "Defective"], ["x", "Pulp"]),
        ...finish(4),
        // overdue: it is here after all
        ...scan("6603", right("scan the books")),
        ...book(NOVEL, ["d", "Defective"]),
        ...finish(5),
        // too late: its remedy has expired
        ...scan("6604", ask("comes too late")),
        screenshot("warehouse_late"),
        pause(),
        ...key("Enter", right("scan the books")),
        ...scan(NOVEL, right("Grade it")),
        ...key("d", ask("contradicts the claim")),
        ...finish(6),
        // refused at the reader's door: as new, back on the shelf
        ...scan("TM-REFUSED", right("scan the books")),
        ...book(NOVEL, ["a", "As new"], ["s", "Restock"]),
        ...finish(7),
        // nobody knows whose it is
        ...scan("YT-NOBODY", wrong("No parcel is expected")),
        pause(),
        ...key("Enter", ask("what is in it")),
        ...scan(ATLAS, right("Atlas")),
        pause(),
        ...key("Enter", ask("What is written on it")),
        ...scan("Chengdu, Liu", done(8)),
        screenshot("warehouse_handled"),
        // nothing waits any more
        menu("Returns to Receive"),
        sees("every parcel is in", ".o_view_nocontent"),
        screenshot("warehouse_empty"),
        menu("To Inspect"),
        sees("every copy is inspected", ".o_view_nocontent"),
        menu("Pulp Lists"),
        {
            content: "two copies wait for the manager",
            trigger: `${ROW}:contains(To approve) .o_data_cell[name=quantity]:contains(2)`,
            run: "click",
        },
        sees("both copies of the short parcel", ".o_form_view .o_data_row:contains(NOVEL-1-1)"),
        screenshot("warehouse_pulp_list"),
    ],
});
