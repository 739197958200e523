import {_t} from "@web/core/l10n/translation";

/** One key each, pressed by itself: a scanner is faster than a hand, so its codes are no keys. */
export const GRADES = [
    {key: "a", value: "as_new", label: _t("As new")},
    {key: "h", value: "hurt", label: _t("Hurt")},
    {key: "d", value: "defective", label: _t("Defective")},
    {key: "r", value: "reader_damage", label: _t("Damaged by the reader")},
    {key: "n", value: "not_ours", label: _t("Not ours")},
    {key: "p", value: "pirated", label: _t("Pirated")},
];
export const DISPOSITIONS = [
    {key: "s", value: "restock", label: _t("Restock")},
    {key: "u", value: "hurt", label: _t("Hurt stock")},
    {key: "k", value: "quarantine", label: _t("Keep in quarantine")},
    {key: "x", value: "pulp", label: _t("Pulp")},
];
/** A reader's own copy that is to be repaired: it is kept, never sold or pulped. */
export const REPAIR_DISPOSITIONS = [
    {key: "s", value: "repair", label: _t("Keep for the repair")},
    {key: "k", value: "quarantine", label: _t("Keep in quarantine")},
];
export const WRAPS = [
    {value: "whole", label: _t("Whole")},
    {value: "opened", label: _t("Opened")},
    {value: "none", label: _t("None")},
];

export function getLabel(choices, value) {
    const choice = choices.find((other) => other.value === value);
    return choice ? choice.label : "";
}
