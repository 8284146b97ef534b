import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("retail_propose_write_off", {
    steps: () => [
        {
            content: "Give the amount up",
            trigger: "button[name=action_write_off]",
            run: "click",
        },
        {
            content: "It says that somebody else has to agree",
            trigger: ".modal .alert:contains(Somebody else has to agree)",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] textarea",
            run: "edit The till was replaced",
        },
        {
            trigger: ".modal-footer button[name=action_apply]:contains(Write off)",
            run: "click",
        },
        {
            content: "It waits, and the proposer has no button to agree",
            trigger:
                "body:not(:has(.modal)):not(:has(button[name=action_approve])) .alert:contains(proposes)",
        },
    ],
});

registry.category("web_tour.tours").add("retail_agree", {
    steps: () => [
        {
            content: "Who proposes what, and why",
            trigger: ".alert:contains(The till was replaced)",
        },
        {trigger: "button[name=action_approve]", run: "click"},
        {trigger: ".modal-footer button:contains(Agree)", run: "click"},
        {
            content: "The matter is over",
            trigger:
                "body:not(:has(.modal)) .o_arrow_button_current:contains(Resolved)",
        },
    ],
});
