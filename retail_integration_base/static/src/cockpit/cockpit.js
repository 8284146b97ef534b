/** The first screen: is business integrity preserved, and if not, where to look. */

import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {cookie} from "@web/core/browser/cookie";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {KeepLast} from "@web/core/utils/concurrency";
import {Layout} from "@web/search/layout";
import {loadBundle} from "@web/core/assets";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

import {RetailCockpitChart} from "./cockpit_chart";
import {describeTile, formatCount, formatValue} from "./cockpit_format";

const REFRESH_MS = 30000;
const DARK_KEY = "retail_cockpit.dark";

function readFilters(key) {
    const kept = browser.sessionStorage.getItem(key);
    return kept ? JSON.parse(kept) : {period: "today"};
}

/** Boards of other modules extend it: another model, other choices, another body. */
export class RetailCockpit extends Component {
    static template = "retail_integration_base.Cockpit";
    static components = {Layout, RetailCockpitChart};
    static props = {...standardActionServiceProps};
    static model = "retail.cockpit";
    static filtersKey = "retail_cockpit.filters";
    static body = "retail_integration_base.CockpitBody";
    static empty = "retail_integration_base.CockpitNew";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.last = new KeepLast();
        this.display = {controlPanel: {}};
        this.describeTile = describeTile;
        this.formatValue = formatValue;
        this.formatCount = formatCount;
        const dark = browser.localStorage.getItem(DARK_KEY);
        this.state = useState({
            data: null,
            failed: false,
            busy: false,
            filters: readFilters(this.constructor.filtersKey),
            // Odoo's own dark scheme decides until somebody presses the button.
            dark: dark === null ? cookie.get("color_scheme") === "dark" : dark === "1",
        });
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load()]));
        this.timer = browser.setInterval(() => this.refresh(), REFRESH_MS);
        onWillUnmount(() => browser.clearInterval(this.timer));
    }

    // --- reading ----------------------------------------------------------------

    async load() {
        this.state.busy = true;
        try {
            const read = this.orm.silent.call(this.constructor.model, "action_read", [
                {...this.state.filters},
            ]);
            this.state.data = await this.last.add(read);
            this.state.failed = false;
        } catch {
            // Whatever it was: the old figures stay, and the screen says that they are.
            this.state.failed = true;
        }
        this.state.busy = false;
    }

    /** Nobody looks at a hidden tab: it costs the server nothing. */
    refresh() {
        if (!document.hidden) {
            this.load();
        }
    }

    // --- what it says -------------------------------------------------------------

    tiles(kind) {
        const tiles = this.state.data.tiles.filter((tile) => tile.kind === kind);
        return tiles.sort((one, other) => other.is_alarming - one.is_alarming);
    }

    get periods() {
        return [
            {key: "today", label: _t("Today")},
            {key: "week", label: _t("7 days")},
            {key: "month", label: _t("30 days")},
        ];
    }

    get body() {
        return this.constructor.body;
    }

    get empty() {
        return this.constructor.empty;
    }

    /** What the figures can be narrowed to, each with its choices. */
    get selects() {
        const {companies, stores, backends} = this.state.data.choices;
        const selects = [
            {name: "store_id", label: _t("Store"), all: _t("All stores"), of: stores},
            {
                name: "backend_id",
                label: _t("System"),
                all: _t("All systems"),
                of: backends,
            },
        ];
        return [...this.companySelect(companies), ...selects];
    }

    /** Whoever works in one company is not asked which. */
    companySelect(companies) {
        const select = {
            name: "company_id",
            label: _t("Company"),
            all: _t("All companies"),
            of: companies,
        };
        return companies.length > 1 ? [select] : [];
    }

    get verdict() {
        const {is_good, business, technical} = this.state.data.verdict;
        if (!is_good) {
            return {
                css: "o_retail_bad",
                icon: "fa-exclamation-triangle",
                title:
                    business.length === 1
                        ? _t("One business matter needs somebody")
                        : _t("%s business matters need somebody", business.length),
                text: _t("Start with the red tiles; each opens its records."),
            };
        }
        return {
            css: technical ? "o_retail_warn" : "o_retail_good",
            icon: technical ? "fa-info-circle" : "fa-check-circle",
            title: _t("Business integrity is preserved"),
            text: technical
                ? _t("Something technical is unusual: see below.")
                : _t("Every sale that came in is booked, every partner was told."),
        };
    }

    get updatedAt() {
        const moment = deserializeDateTime(
            this.state.data.at.replace("T", " ").slice(0, 19)
        );
        return formatDateTime(moment, {format: "HH:mm:ss"});
    }

    get isNew() {
        return !this.state.data.systems.length;
    }

    ignored(tile) {
        const names = {store: _t("all stores"), backend: _t("all systems")};
        return tile.ignores.map((dim) => names[dim]).join(", ");
    }

    // --- what people do -------------------------------------------------------------

    filterBy(name, value) {
        this.state.filters[name] = value;
        browser.sessionStorage.setItem(
            this.constructor.filtersKey,
            JSON.stringify(this.state.filters)
        );
        this.load();
    }

    onChoose(name, event) {
        this.filterBy(name, Number(event.target.value) || null);
    }

    toggleDark() {
        this.state.dark = !this.state.dark;
        browser.localStorage.setItem(DARK_KEY, this.state.dark ? "1" : "0");
    }

    async openTile(tile) {
        if (tile.can_open) {
            const action = await this.orm.call(this.constructor.model, "action_open", [
                tile.key,
                {...this.state.filters},
            ]);
            this.action.doAction(action);
        }
    }

    openSystem(system) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "retail.backend",
            res_id: system.id,
            views: [[false, "form"]],
        });
    }

    openAlert(alert) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "retail.alert",
            res_id: alert.id,
            views: [[false, "form"]],
        });
    }

    openAlerts() {
        this.action.doAction("retail_integration_base.action_retail_alert");
    }

    async acknowledge(alert) {
        await this.orm.call("retail.alert", "action_acknowledge", [[alert.id]]);
        await this.load();
    }

    openBackends() {
        this.action.doAction("retail_integration_base.action_retail_backend");
    }
}

registry.category("actions").add("retail_cockpit", RetailCockpit);
