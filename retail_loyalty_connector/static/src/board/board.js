/** The loyalty board: the cockpit's screen with loyalty's figures, by program. */

import {RetailCockpit} from "@retail_integration_base/cockpit/cockpit";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

export class RetailLoyaltyBoard extends RetailCockpit {
    static model = "retail.loyalty.board";
    static filtersKey = "retail_loyalty_board.filters";
    static body = "retail_loyalty_connector.BoardBody";
    static empty = "retail_loyalty_connector.BoardNew";

    /** What is open is open, whenever it came: there is nothing to choose. */
    get periods() {
        return [];
    }

    get selects() {
        const {companies, stores, programs} = this.state.data.choices;
        return [
            {
                name: "program_id",
                label: _t("Program"),
                all: _t("All programs"),
                of: programs,
            },
            {name: "store_id", label: _t("Store"), all: _t("All stores"), of: stores},
            ...this.companySelect(companies),
        ];
    }

    get verdict() {
        const {business} = this.state.data.verdict;
        if (!business.length) {
            return {
                css: "o_retail_good",
                icon: "fa-check-circle",
                title: _t("Every member has the points that are theirs"),
                text: _t("Nothing failed, nothing differs."),
            };
        }
        return {
            css: "o_retail_bad",
            icon: "fa-exclamation-triangle",
            title:
                business.length === 1
                    ? _t("One matter of loyalty needs somebody")
                    : _t("%s matters of loyalty need somebody", business.length),
            text: _t("Start with the red tiles; each opens its records."),
        };
    }

    ignored(tile) {
        const names = {store: _t("all stores"), program: _t("all programs")};
        return tile.ignores.map((dim) => names[dim]).join(", ");
    }

    get isNew() {
        return !this.state.data.choices.programs.length;
    }

    openPrograms() {
        this.action.doAction("retail_loyalty_connector.action_retail_loyalty_program");
    }
}

registry.category("actions").add("retail_loyalty_board", RetailLoyaltyBoard);
