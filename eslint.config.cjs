// Browser code of the modules: Odoo 19 modules are native ES modules, and this
// repository's own .cjs files are Node's.
const js = require("@eslint/js");
const globals = require("globals");

const rules = {
    ...js.configs.recommended.rules,
    complexity: ["error", 10],
    curly: "error",
    eqeqeq: "error",
    "max-lines": ["error", 300],
    "max-lines-per-function": ["error", 60],
    "no-alert": "error",
    "no-console": "error",
    "no-else-return": "error",
    "no-eval": "error",
    "no-implicit-globals": "error",
    "no-implied-eval": "error",
    "no-param-reassign": "error",
    "no-shadow": "error",
    "no-throw-literal": "error",
    "no-unneeded-ternary": "error",
    "no-unused-expressions": "error",
    "no-var": "error",
    "no-warning-comments": ["error", {location: "anywhere"}],
    "object-shorthand": "error",
    "prefer-const": "error",
    radix: "error",
    strict: ["error", "never"],
};

module.exports = [
    {
        files: ["**/static/**/*.js"],
        ignores: ["**/static/lib/**", "**/static/src/lib/**"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {...globals.browser, luxon: "readonly", odoo: "readonly"},
        },
        rules,
    },
    {
        // A tour or a test suite is one long list of steps.
        files: ["**/static/tests/**/*.js"],
        rules: {"max-lines-per-function": "off"},
    },
    {
        files: ["**/*.cjs"],
        languageOptions: {sourceType: "commonjs", globals: globals.node},
        rules,
    },
];
