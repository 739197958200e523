import {ListController} from "@web/views/list/list_controller";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";

/**
 * A lower quantity leaves the other copies in a row of their own, made by the server:
 * read the list again, so that nobody looks for them.
 */
export class InspectionListController extends ListController {
    async onRecordSaved(record, changes) {
        await super.onRecordSaved(...arguments);
        if ("quantity" in (changes || {})) {
            // not awaited: it waits itself for the end of this save
            this.model.root.load();
        }
    }
}

registry.category("views").add("aftersales_inspection_list", {
    ...listView,
    Controller: InspectionListController,
});
