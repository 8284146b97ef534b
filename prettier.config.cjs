// Layout of XML views, JavaScript, styles and configuration. Python is ruff's.
module.exports = {
    plugins: [require.resolve("@prettier/plugin-xml")],
    bracketSpacing: false,
    printWidth: 88,
    trailingComma: "es5",
    // Text in views is shown to people: a line break there is not ours to move.
    xmlWhitespaceSensitivity: "strict",
    xmlSelfClosingSpace: true,
};
