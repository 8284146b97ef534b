/** A JSON document as a person reads it: indented, monospaced, ready to copy. */

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {CopyButton} from "@web/core/copy_button/copy_button";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

import {layOutJson} from "./json_layout";

export class RetailJsonField extends Component {
    static template = "retail_integration_base.JsonField";
    static components = {CopyButton};
    static props = {...standardFieldProps};

    get text() {
        return layOutJson(this.props.record.data[this.props.name] || "");
    }

    get copyLabel() {
        return _t("Copy");
    }

    get copiedLabel() {
        return _t("Copied");
    }
}

registry.category("fields").add("retail_json", {
    component: RetailJsonField,
    displayName: _t("JSON document"),
    supportedTypes: ["text"],
});
