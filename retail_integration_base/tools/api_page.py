"""The documentation page, made from the API's description and nothing else.

Lives here: operations and topics as HTML. Lives elsewhere: the guide around them
(``tools/api_guide.py``), look (``static/src/api_docs``), shapes
(``tools/api_page_fields.py``), the description (``tools/openapi.py``). No script of
others, no font, no call to another host. Everything not written here is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from .api_guide import GUIDE
from .api_page_fields import code, fields_html, limits_html, required_html, text
from .error_base import RetailError

Json = Mapping[str, Any]
STATIC = "/retail_integration_base/static/src/api_docs"


def page(description: Json, topics: Iterable[Json], base_url: str) -> str:
    """Return the whole page.

    :param description: the OpenAPI document
    :param topics: as ``/retail/v1/topics`` shows them, each with ``schema``
    :param base_url: where partners reach us; stands in the examples
    """
    listed = list(topics)
    chapters = _chapters(description)
    body = "".join(
        [
            "".join(
                f'<section id="{key}"><h2>{escape(title)}</h2>{html}</section>'
                for key, title, html in _guide(base_url)
            ),
            _codes(description),
            "<h2 id='operations'>Operations</h2>",
            "".join(_chapter(tag, found, description) for tag, found in chapters),
            _topics(listed, description),
        ]
    )
    info = description["info"]
    return _FRAME.format(
        title=escape(info["title"]),
        version=escape(info["version"]),
        lead=escape(info["description"]),
        navigation=_navigation(base_url, chapters, listed),
        body=body,
        static=STATIC,
    )


_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="{static}/api_docs.css">
<script src="{static}/api_docs.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header><h1>{title}</h1><p>{lead}</p>
<p class="meta">Version {version} · <a href="/retail/v1/openapi.json">OpenAPI 3.1</a> ·
<a href="/retail/v1/topics">Topics</a></p></header>
<div class="columns">
<nav aria-label="Contents"><details open><summary>Contents</summary>
{navigation}</details></nav>
<main id="content">{body}</main>
</div>
</body>
</html>
"""


def code_page(error: type[RetailError], docs: str) -> str:
    """Return a short page about one code, which is a problem's ``type``."""
    lead = (error.__doc__ or "").partition("\n")[0]
    return _CODE_FRAME.format(
        code=error.code,
        title=escape(error.title),
        status=error.http_status,
        lead=escape(lead),
        docs=docs,
        static=STATIC,
    )


_CODE_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{code} {title}</title>
<link rel="stylesheet" href="{static}/api_docs.css">
</head>
<body><header><h1>{title}</h1>
<p class="meta"><code>{code}</code> · status {status}</p>
<p>{lead}</p>
<p><a href="{docs}#{code}">Documentation</a></p></header></body>
</html>
"""


def _guide(base_url: str) -> list[tuple[str, str, str]]:
    return [
        (key, title, html.replace("{base_url}", escape(base_url)))
        for key, title, html in GUIDE
    ]


def _chapters(description: Json) -> list[tuple[Json, list[tuple[str, str, Json]]]]:
    """Return each chapter with its operations ``(path, method, operation)``."""
    found: dict[str, list[tuple[str, str, Json]]] = {}
    for path, item in description["paths"].items():
        for method, operation in item.items():
            found.setdefault(operation["tags"][0], []).append((path, method, operation))
    known = {tag["name"]: tag for tag in description["tags"]}
    order = [*known, *(name for name in found if name not in known)]
    return [
        (known.get(name, {"name": name, "description": ""}), found[name])
        for name in order
        if name in found
    ]


def _navigation(base_url: str, chapters: list, topics: list[Json]) -> str:
    guide = "".join(
        f'<li><a href="#{key}">{escape(title)}</a></li>'
        for key, title, _html in _guide(base_url)
    )
    operations = "".join(
        f"<li>{escape(tag['name'])}<ul>"
        + "".join(
            f'<li><a href="#{operation["operationId"]}">{escape(operation["summary"])}'
            "</a></li>"
            for _path, _method, operation in found
        )
        + "</ul></li>"
        for tag, found in chapters
    )
    contracts = "".join(
        f'<li><a href="#{escape(topic["name"])}">{escape(topic["name"])}</a></li>'
        for topic in topics
    )
    return (
        f"<ul>{guide}<li><a href='#codes'>Error codes</a></li></ul>"
        f"<h3>Operations</h3><ul>{operations}</ul><h3>Topics</h3><ul>{contracts}</ul>"
    )


def _codes(description: Json) -> str:
    """Return every code that any operation may answer, once."""
    found: dict[str, tuple[str, str]] = {}
    for item in description["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                problem = response.get("content", {}).get(
                    "application/problem+json", {}
                )
                for number, example in problem.get("examples", {}).items():
                    found[number] = (status, example["summary"])
    rows = "".join(
        f'<tr id="{number}"><td><code>{number}</code></td><td>{status}</td>'
        f"<td>{escape(title)}</td></tr>"
        for number, (status, title) in sorted(found.items())
    )
    return (
        "<section id='codes'><h2>Error codes</h2><div class='scroll'><table>"
        "<thead><tr><th>Code</th><th>Status</th><th>Means</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _chapter(tag: Json, found: list, description: Json) -> str:
    operations = "".join(
        _operation(path, method, operation, description)
        for path, method, operation in found
    )
    return (
        f"<section><h3>{escape(tag['name'])}</h3><p>{text(tag['description'])}</p>"
        f"{operations}</section>"
    )


def _operation(path: str, method: str, operation: Json, description: Json) -> str:
    parts = [
        f'<article id="{operation["operationId"]}"><h4>{escape(operation["summary"])}'
        f'</h4><p class="path"><span class="{method}">{method.upper()}</span> '
        f"<code>{escape(path)}</code></p>",
        f"<p>{text(operation.get('description', ''))}</p>",
        f"<p class='meta'>{_security(operation)}</p>",
        _parameters(operation),
    ]
    body = operation.get("requestBody")
    if body:
        types = ", ".join(body["content"])
        content = next(iter(body["content"].values()))
        parts.append(f"<h5>Body</h5><p class='meta'>{escape(types)}</p>")
        parts.append(_content(content, description))
    parts += [
        _response(status, response, description)
        for status, response in operation["responses"].items()
        if status < "400"
    ]
    parts.append(_problems(operation))
    return "".join([*parts, "</article>"])


def _security(operation: Json) -> str:
    ways = []
    for requirement in operation["security"]:
        for kind, scopes in requirement.items():
            scope = (
                f" with the scope <code>{escape(scopes[0])}</code>" if scopes else ""
            )
            ways.append(
                {
                    "key": f"API key{scope}",
                    "operator": "token of who runs this system",
                }.get(kind, "signature of the body")
            )
    return "Proof: " + " or ".join(ways) if ways else "Open to everybody."


def _parameters(operation: Json) -> str:
    if not operation["parameters"]:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code>{required_html(one['required'])}</td>"
        f"<td>{one['in']}</td><td>{text(one.get('description', ''))}"
        f"{limits_html(one['schema'])}</td></tr>"
        for one in operation["parameters"]
    )
    return (
        "<h5>Parameters</h5><div class='scroll'><table><thead><tr><th>Name</th>"
        f"<th>In</th><th>Meaning</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _response(status: str, response: Json, description: Json) -> str:
    contents = response.get("content", {})
    shown = "".join(
        _content(content, description)
        for media_type, content in contents.items()
        if media_type == "application/json"
    )
    return f"<h5>{status} {escape(response['description'])}</h5>{shown}"


def _problems(operation: Json) -> str:
    codes = [
        f'<a href="#{number}">{number}</a> {escape(example["summary"])} ({status})'
        for status, response in operation["responses"].items()
        for number, example in response.get("content", {})
        .get("application/problem+json", {})
        .get("examples", {})
        .items()
    ]
    return f"<h5>Problems</h5><p class='codes'>{' · '.join(codes)}</p>" if codes else ""


def _content(content: Json, description: Json) -> str:
    examples = "".join(
        f"<details open><summary>Example: {escape(name)}</summary>"
        f"{code(json.dumps(example['value'], indent=2, ensure_ascii=False))}</details>"
        for name, example in content.get("examples", {}).items()
    )
    fields = fields_html(content["schema"], description)
    table = f"<details><summary>Fields</summary>{fields}</details>" if fields else ""
    return examples + table


def _topics(topics: list[Json], description: Json) -> str:
    parts = ["<section id='topics'><h2>Topics</h2>"]
    for topic in topics:
        way = "You send it" if topic["direction"] == "in" else "We send it"
        dates = "".join(
            f" <strong>{word} {topic[name]}.</strong>"
            for name, word in (
                ("deprecated_date", "Deprecated from"),
                ("sunset_date", "Ends after"),
            )
            if topic.get(name)
        )
        parts.append(
            f'<article id="{escape(topic["name"])}"><h4>{escape(topic["name"])}</h4>'
            f"<p>{text(topic['description'] or '')} {way}.{dates}</p>"
            f"<details><summary>Fields of <code>data</code></summary>"
            f"{fields_html(topic['schema'], topic['schema'])}</details></article>"
        )
    return "".join([*parts, "</section>"])
