import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("retail_trace", {
    steps: () => [
        {
            content: "Type what the customer has in hand: the receipt number",
            trigger: ".o_field_widget[name=correlation_id] input",
            run: "edit 12/3/1041",
        },
        {trigger: "button[name=action_search]", run: "click"},
        {
            content: "The first byte in",
            trigger: ".o_retail_step_received:contains(Tills Benelux)",
        },
        {
            content: "What it did here",
            trigger: ".o_retail_step_effect:contains(12/3/1041)",
        },
        {
            content: "The partner's receipt",
            trigger: ".o_retail_step_delivery:contains(Sent to Customer Insights)",
        },
        {trigger: ".o_retail_step_received button[name=action_open]"},
    ],
});

registry.category("web_tour.tours").add("retail_trace_while_typing", {
    steps: () => [
        {
            trigger: ".o_field_widget[name=correlation_id] input",
            run: "edit corr-12-3-1041 && press Tab",
        },
        {
            content: "A correlation id shows its story at once, each step with a link",
            trigger:
                ".o_retail_step_received a[href*='/odoo/retail.inbox.event/']:contains(View)",
        },
        {content: "Keep the story", trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_retail_step_received button[name=action_open]"},
    ],
});

registry.category("web_tour.tours").add("retail_trace_from_message", {
    steps: () => [
        {trigger: "button[name=action_open_trace]", run: "click"},
        {trigger: ".o_retail_step_effect button[name=action_open]", run: "click"},
        {
            content: "The step opens its sale, and the way back is in the breadcrumb",
            trigger: ".o_breadcrumb:contains(corr-12-3-1041)",
        },
        {trigger: ".o_field_widget[name=line_ids]:contains(MUG-BLUE)"},
    ],
});
