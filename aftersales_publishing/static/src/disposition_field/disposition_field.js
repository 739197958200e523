import {SelectionField, selectionField} from "@web/views/fields/selection/selection_field";
import {registry} from "@web/core/registry";

const KEPT = ["repair", "quarantine"];

/** What can become of a copy: the reader's own is kept for its repair, ours never is. */
export class DispositionField extends SelectionField {
    get options() {
        const {data} = this.props.record;
        return super.options.filter(
            ([value]) =>
                value === data[this.props.name] ||
                (data.is_for_repair ? KEPT.includes(value) : value !== "repair")
        );
    }
}

registry.category("fields").add("aftersales_disposition", {
    ...selectionField,
    component: DispositionField,
    additionalClasses: ["o_field_selection"],
    supportedTypes: ["selection"],
    fieldDependencies: [{name: "is_for_repair", type: "boolean"}],
});
