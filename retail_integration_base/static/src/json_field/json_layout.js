/**
 * Lays JSON text out for reading, token by token. Nothing is parsed into numbers, so
 * what a person sees is exactly what was received: 10.10 stays 10.10, and an id of 18
 * digits keeps its last one. Text that is not JSON comes back as it is.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const INDENT = "  ";

function isJson(text) {
    try {
        JSON.parse(text);
        return true;
    } catch (error) {
        if (error instanceof SyntaxError) {
            return false;
        }
        throw error;
    }
}

function opens(token) {
    return token === "{" || token === "[";
}

function closes(token) {
    return token === "}" || token === "]";
}

/** What stands between two tokens; an empty object or list stays on its line. */
function gap(before, token, depth) {
    if (before === ":") {
        return " ";
    }
    if (opens(before) === closes(token) && before !== ",") {
        return "";
    }
    return `\n${INDENT.repeat(depth)}`;
}

/**
 * @param {string} text JSON as received
 * @returns {string} the same tokens, one member or element per line
 */
export function layOutJson(text) {
    if (!isJson(text)) {
        return text;
    }
    let depth = 0;
    let before = "";
    let laidOut = "";
    for (const token of text.match(TOKEN)) {
        depth -= closes(token) ? 1 : 0;
        laidOut += gap(before, token, depth) + token;
        depth += opens(token) ? 1 : 0;
        before = token;
    }
    return laidOut;
}
