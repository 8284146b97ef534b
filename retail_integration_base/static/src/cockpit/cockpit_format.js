/** How the cockpit says numbers: pure functions, tested without a browser's screen. */

import {_t} from "@web/core/l10n/translation";
import {formatCurrency} from "@web/core/currency";
import {formatFloat, humanNumber} from "@web/core/utils/numbers";

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86400;
/** Above this a count is told in thousands: nobody reads 1,284,393 at a glance. */
const EXACT_MAX = 99999;

/** Says a duration in one unit, or in two where one would be too coarse. */
export function formatDuration(seconds) {
    if (seconds < 1) {
        return seconds > 0 ? _t("%s ms", Math.round(seconds * 1000)) : _t("0 s");
    }
    if (seconds < MINUTE_S) {
        return _t("%s s", formatFloat(seconds, {digits: [16, seconds < 10 ? 1 : 0]}));
    }
    if (seconds < HOUR_S) {
        return _t("%s min", Math.floor(seconds / MINUTE_S));
    }
    if (seconds < DAY_S) {
        const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S);
        return _t("%(hours)s h %(minutes)s min", {
            hours: Math.floor(seconds / HOUR_S),
            minutes,
        });
    }
    return _t("%(days)s d %(hours)s h", {
        days: Math.floor(seconds / DAY_S),
        hours: Math.floor((seconds % DAY_S) / HOUR_S),
    });
}

export function formatCount(value) {
    return value > EXACT_MAX
        ? humanNumber(value, {decimals: 1})
        : formatFloat(value, {digits: [16, 0]});
}

/** A share never rounds up to 100 %: one late message in a thousand is not "all". */
export function formatShare(share) {
    const percent = Math.floor(share * 1000) / 10;
    const digits = Number.isInteger(percent) ? 0 : 1;
    return _t("%s %%", formatFloat(percent, {digits: [16, digits]}));
}

/** One line per currency; sums of different ones are never added. */
export function formatAmounts(amounts) {
    return amounts.map(({value, currency_id}) => formatCurrency(value, currency_id));
}

/** @returns {string[]} the lines that say a tile's number */
export function formatValue(tile) {
    if (tile.unit === "amount") {
        return tile.amounts.length ? formatAmounts(tile.amounts) : ["–"];
    }
    if (tile.value === null) {
        return ["–"];
    }
    const format = {seconds: formatDuration, share: formatShare}[tile.unit];
    return [(format || formatCount)(tile.value)];
}

/** What a screen reader says of a tile. */
export function describeTile(tile) {
    const parts = [`${tile.label}: ${formatValue(tile).join(", ")}.`];
    if (tile.is_alarming) {
        parts.push(_t("Needs attention."));
    }
    parts.push(tile.help);
    if (tile.can_open) {
        parts.push(_t("Press to see the records."));
    }
    return parts.join(" ");
}
