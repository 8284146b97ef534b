import {describe, expect, test} from "@odoo/hoot";
import {layOutJson} from "@retail_integration_base/json_field/json_layout";

describe.current.tags("headless");

test("members and elements get a line each", () => {
    expect(layOutJson('{"a":[1,{"b":"x"}],"c":null}')).toBe(
        [
            "{",
            '  "a": [',
            "    1,",
            "    {",
            '      "b": "x"',
            "    }",
            "  ],",
            '  "c": null',
            "}",
        ].join("\n")
    );
});

test("numbers keep every digit", () => {
    expect(layOutJson('{"a":10.10,"b":123456789012345678}')).toBe(
        '{\n  "a": 10.10,\n  "b": 123456789012345678\n}'
    );
});

test("punctuation inside text is text", () => {
    expect(layOutJson('["{a: [b, \\"c\\"]}"]')).toBe('[\n  "{a: [b, \\"c\\"]}"\n]');
});

test("empty objects and lists stay on their line", () => {
    expect(layOutJson('{"a":{},"b":[]}')).toBe('{\n  "a": {},\n  "b": []\n}');
});

test("a lone value is itself", () => {
    expect(layOutJson(" 5 ")).toBe("5");
});

test("what is not JSON is left alone", () => {
    expect(layOutJson("<xml/>")).toBe("<xml/>");
    expect(layOutJson("")).toBe("");
});
