/** One chart, drawn with Odoo's own Chart.js in the colours of the cockpit's theme. */

import {Component, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

import {formatCount} from "./cockpit_format";

/** Series -> custom property that holds its colour: meaning decides, not order. */
const COLORS = {
    sale: "--rc-accent",
    return: "--rc-warn",
    exchange: "--rc-second",
    void: "--rc-muted",
    no_sale: "--rc-muted",
    worked: "--rc-good",
    retried: "--rc-warn",
    stuck: "--rc-bad",
    in_time: "--rc-accent",
    late: "--rc-bad",
};

/** Says a chart in words, for those who do not see it. */
export function describeChart(title, data) {
    const sums = data.series.map((series) => {
        const sum = series.values.reduce((total, value) => total + value, 0);
        return `${series.label} ${formatCount(sum)}`;
    });
    return `${title}. ${sums.join(", ") || _t("Nothing to show")}.`;
}

export function isEmpty(data) {
    return !data.series.some((series) => series.values.some((value) => value !== 0));
}

/** @returns {Object} Chart.js configuration; `color` resolves a custom property */
export function chartConfig(data, {horizontal = false, color}) {
    const counts = {
        stacked: true,
        beginAtZero: true,
        border: {display: false},
        grid: {color: color("--rc-line")},
        ticks: {color: color("--rc-muted"), precision: 0, maxTicksLimit: 6},
    };
    const names = {
        stacked: true,
        border: {display: false},
        grid: {display: false},
        ticks: {
            color: color(horizontal ? "--rc-text" : "--rc-muted"),
            autoSkip: !horizontal,
            maxTicksLimit: 12,
            maxRotation: 0,
        },
    };
    return {
        type: "bar",
        data: {
            labels: data.labels,
            datasets: data.series.map((series) => ({
                label: series.label,
                data: series.values,
                backgroundColor: color(COLORS[series.key] || "--rc-accent"),
                borderRadius: 3,
                maxBarThickness: horizontal ? 22 : 36,
            })),
        },
        options: {
            indexAxis: horizontal ? "y" : "x",
            animation: false,
            maintainAspectRatio: false,
            scales: horizontal ? {x: counts, y: names} : {x: names, y: counts},
            plugins: {
                legend: {
                    display: data.series.length > 1,
                    position: "bottom",
                    labels: {color: color("--rc-text"), boxWidth: 12, boxHeight: 12},
                },
            },
        },
    };
}

export class RetailCockpitChart extends Component {
    static template = "retail_integration_base.CockpitChart";
    static props = {
        title: String,
        data: Object,
        dark: Boolean,
        horizontal: {type: Boolean, optional: true},
        empty: String,
    };

    setup() {
        this.canvas = useRef("canvas");
        this.chart = null;
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.props.data), this.props.dark]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    get description() {
        return describeChart(this.props.title, this.props.data);
    }

    get isEmpty() {
        return isEmpty(this.props.data);
    }

    draw() {
        this.chart?.destroy();
        this.chart = null;
        if (!this.canvas.el) {
            return;
        }
        const style = getComputedStyle(this.canvas.el);
        const color = (name) => style.getPropertyValue(name).trim();
        const {data, horizontal} = this.props;
        this.chart = new window.Chart(
            this.canvas.el,
            chartConfig(data, {horizontal, color})
        );
    }
}
