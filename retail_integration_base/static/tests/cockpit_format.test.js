import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {makeMockEnv} from "@web/../tests/web_test_helpers";

import {
    chartConfig,
    describeChart,
    isEmpty,
} from "@retail_integration_base/cockpit/cockpit_chart";
import {
    describeTile,
    formatDuration,
    formatShare,
    formatValue,
} from "@retail_integration_base/cockpit/cockpit_format";

describe.current.tags("headless");
// Numbers are said in the reader's language, which an environment brings.
beforeEach(() => makeMockEnv());

const tile = {
    label: "Sales not booked",
    help: "They need a person.",
    unit: "count",
    value: 3,
    amounts: [],
    is_alarming: true,
    can_open: true,
};
const data = {
    labels: ["Mon", "Tue"],
    series: [
        {key: "sale", label: "Sale", values: [2, 3]},
        {key: "return", label: "Return", values: [0, 1]},
    ],
};

test("a duration is said in the unit a person would use", () => {
    expect(formatDuration(0)).toBe("0 s");
    expect(formatDuration(0.025)).toBe("25 ms");
    expect(formatDuration(4.5)).toBe("4.5 s");
    expect(formatDuration(59)).toBe("59 s");
    expect(formatDuration(300)).toBe("5 min");
    expect(formatDuration(7500)).toBe("2 h 5 min");
    expect(formatDuration(180000)).toBe("2 d 2 h");
});

test("a share never rounds up to all", () => {
    expect(formatShare(1)).toBe("100 %");
    expect(formatShare(0.9996)).toBe("99.9 %");
    expect(formatShare(0.97)).toBe("97 %");
    expect(formatShare(0)).toBe("0 %");
});

test("no number is a dash, not a zero", () => {
    expect(formatValue({...tile, value: null})).toEqual(["–"]);
    expect(formatValue({...tile, unit: "amount", amounts: []})).toEqual(["–"]);
    expect(formatValue({...tile, value: 0})).toEqual(["0"]);
    expect(formatValue({...tile, value: 12345})).toEqual(["12,345"]);
});

test("a tile says its name, its number, its state and what pressing does", () => {
    expect(describeTile(tile)).toBe(
        "Sales not booked: 3. Needs attention. They need a person. " +
            "Press to see the records."
    );
    const quiet = describeTile({...tile, is_alarming: false, can_open: false});
    expect(quiet).toBe("Sales not booked: 3. They need a person.");
});

test("a chart is told in words", () => {
    expect(describeChart("Sales", data)).toBe("Sales. Sale 5, Return 1.");
    expect(describeChart("Sales", {labels: [], series: []})).toBe(
        "Sales. Nothing to show."
    );
    expect(isEmpty(data)).toBe(false);
    expect(isEmpty({labels: ["Mon"], series: [{values: [0]}]})).toBe(true);
});

test("colours of a chart follow meaning and theme", () => {
    const config = chartConfig(data, {color: (name) => `<${name}>`});
    const colors = config.data.datasets.map((dataset) => dataset.backgroundColor);
    expect(colors).toEqual(["<--rc-accent>", "<--rc-warn>"]);
    expect(config.options.plugins.legend.display).toBe(true);
    const turned = chartConfig(data, {horizontal: true, color: String});
    expect(turned.options.indexAxis).toBe("y");
});
