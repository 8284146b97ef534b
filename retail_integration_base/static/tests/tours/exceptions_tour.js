import {registry} from "@web/core/registry";

const CARD = ".o_kanban_record:contains(MUG-GREEN)";
const PRODUCT = ".modal .o_field_widget[name=product_id]";

registry.category("web_tour.tours").add("retail_map_and_replay", {
    steps: () => [
        {
            content: "Open the exception about the unknown product",
            trigger: CARD,
            run: "click",
        },
        {
            content: "Say what the code means",
            trigger: "button[name=action_map_and_replay]",
            run: "click",
        },
        {trigger: `${PRODUCT} input`, run: "edit Enamel"},
        {
            trigger: `${PRODUCT} .dropdown-item:contains(Enamel mug)`,
            run: "click",
        },
        {trigger: ".modal button[name=action_apply]", run: "click"},
        {
            content: "The exception is solved, without leaving the screen",
            trigger:
                "body:not(:has(.modal)) .o_arrow_button_current:contains(Resolved)",
        },
    ],
});

registry.category("web_tour.tours").add("retail_bulk_accept", {
    steps: () => [
        {trigger: ".o_data_row:contains(MUG-GREEN) .o_list_record_selector"},
        {
            content: "Choose every exception",
            trigger: "thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Accepting says what it means",
            trigger: ".o_control_panel button[name=action_accept]",
            run: "click",
        },
        {
            trigger: ".modal-body:contains(will have no effect)",
        },
        {
            content: "…and asks why",
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit Settled by phone",
        },
        {
            trigger: ".modal-footer button[name=action_apply]:contains(Accept)",
            run: "click",
        },
        {
            content: "How many went how",
            trigger: ".o_notification:contains(Done: 5)",
        },
        {
            content: "All of them are solved",
            trigger: "body:not(:has(.modal)):not(:has(.o_data_row:contains(Open)))",
        },
    ],
});
