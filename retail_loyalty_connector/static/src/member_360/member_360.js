/** All that matters of one member: asked once, shown at once, on a phone too. */

import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, deserializeDateTime} from "@web/core/l10n/dates";
import {formatCurrency} from "@web/core/currency";
import {
    formatCount,
    formatDuration,
} from "@retail_integration_base/cockpit/cockpit_format";
import {KeepLast} from "@web/core/utils/concurrency";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const MODEL = "retail.loyalty.member";
/** What ends within so many days is said loudly. */
const SOON_DAYS = 30;
const DAY = {day: "numeric", month: "short", year: "numeric"};
const TIME = {hour: "2-digit", minute: "2-digit"};

function moment(text) {
    return deserializeDateTime(text.replace("T", " ").slice(0, 19));
}

export class RetailLoyaltyMember360 extends Component {
    static template = "retail_loyalty_connector.Member360";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.last = new KeepLast();
        this.formatCount = formatCount;
        this.state = useState({data: null, accountId: null, items: [], next: null});
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps((next) => this.load(next.record.resId));
    }

    // --- reading ----------------------------------------------------------------

    async load(id) {
        if (!id) {
            this.state.data = null;
            return;
        }
        const data = await this.last.add(
            this.orm.silent.call(MODEL, "action_overview", [[id]])
        );
        this.id = id;
        this.state.data = data;
        await this.openWallet(data.wallets[0]?.account_id);
    }

    async openWallet(accountId) {
        Object.assign(this.state, {accountId, items: [], next: null});
        await this.more();
    }

    async more() {
        const page = await this.orm.silent.call(MODEL, "action_timeline", [[this.id]], {
            account_id: this.state.accountId,
            before: this.state.next,
        });
        this.state.items.push(...page.items);
        this.state.next = page.next;
    }

    // --- what it says -------------------------------------------------------------

    get wallet() {
        const {wallets} = this.state.data;
        return wallets.find((one) => one.account_id === this.state.accountId);
    }

    signed(points) {
        return points > 0 ? `+${formatCount(points)}` : `−${formatCount(-points)}`;
    }

    money(value) {
        return formatCurrency(value, this.state.data.currency_id);
    }

    day(text) {
        return deserializeDate(text).toLocaleString(DAY);
    }

    at(text) {
        return moment(text).toLocaleString({...DAY, ...TIME});
    }

    duration(seconds) {
        const minutes = Math.floor(Math.max(0, seconds) / 60);
        return minutes ? formatDuration(minutes * 60) : _t("less than a minute");
    }

    isSoon(lot) {
        return lot.days_left <= SOON_DAYS;
    }

    days(lot) {
        if (lot.days_left === 0) {
            return _t("last day today");
        }
        return lot.days_left === 1
            ? _t("1 day left")
            : _t("%s days left", lot.days_left);
    }

    amount(value) {
        const {tier} = this.state.data;
        return tier.basis === "spend"
            ? this.money(value)
            : `${formatCount(value)} ${this.state.data.points_name}`;
    }

    what(item) {
        const names = {
            accrual: item.is_reversal ? _t("Taken back") : _t("Earned"),
            redemption: item.is_reversal ? _t("Given back") : _t("Spent"),
            expiry: _t("Expired"),
            breakage: _t("Written off"),
            // Under a return: paid for with a smaller refund.
            adjustment: item.sale_kind ? _t("Paid for") : _t("Adjusted"),
            transfer: _t("Transferred"),
        };
        return names[item.kind];
    }

    icon(item) {
        const icons = {
            accrual: item.is_reversal ? "fa-undo" : "fa-shopping-bag",
            redemption: item.is_reversal ? "fa-undo" : "fa-gift",
            expiry: "fa-hourglass-end",
            breakage: "fa-hourglass-end",
            adjustment: "fa-pencil",
            transfer: "fa-exchange",
        };
        return icons[item.kind];
    }

    event(event) {
        const names = {before: event.before, after: event.after};
        if (event.kind === "tier_up") {
            return _t("Went up from %(before)s to %(after)s", names);
        }
        if (event.kind === "tier_down") {
            return _t("Went down from %(before)s to %(after)s", names);
        }
        return _t("Was told that %(points)s points end on %(date)s", {
            points: formatCount(event.points),
            date: this.day(event.last_date),
        });
    }

    // --- what people do -------------------------------------------------------------

    open(model, id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    async letGo(hold) {
        await this.orm.call("retail.loyalty.hold", "action_void", [[hold.id]]);
        await this.load(this.id);
    }

    async tryAgain(failed) {
        await this.orm.call("retail.loyalty.accrual", "action_try_again", [
            [failed.id],
        ]);
        await this.load(this.id);
    }
}

registry.category("view_widgets").add("retail_loyalty_member_360", {
    component: RetailLoyaltyMember360,
});
