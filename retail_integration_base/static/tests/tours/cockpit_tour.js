import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("retail_cockpit", {
    steps: () => [
        {
            content: "Sales are not booked: the screen says so first",
            trigger: ".o_retail_verdict.o_retail_bad h1",
        },
        {
            content: "A longer period is chosen",
            trigger: ".o_retail_choice:contains(7 days)",
            run: "click",
        },
        {
            trigger: ".o_retail_choice.active[aria-pressed=true]:contains(7 days)",
        },
        {
            content: "The number opens the messages behind it",
            trigger: ".o_retail_tile[data-key=sales_failed]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row",
        },
        {
            content: "The way back",
            trigger: ".o_back_button, .o_breadcrumb .breadcrumb-item a",
            run: "click",
        },
        {
            content: "is the cockpit with the same period",
            trigger: ".o_retail_choice.active:contains(7 days)",
        },
        {
            content: "A system opens from its line",
            trigger: ".o_retail_systems button:contains(Tills Benelux)",
            run: "click",
        },
        {trigger: ".o_form_view .o_field_widget[name=events_address]"},
    ],
});
