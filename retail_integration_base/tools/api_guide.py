"""The guide on the documentation page: how to integrate, in the order one does it.

Words and examples only; what follows from the description is not repeated here. The
examples are run by ``tests/test_api_docs.py`` as they stand. ``{base_url}`` is
replaced.
"""

from __future__ import annotations

from .api_guide_code import CURL, PAGES, SIGNED
from .api_page_fields import code

_START = f"""
<p>You need two things from us: the <b>code</b> of your backend (here <code>till</code>)
and either an <b>API key</b> (<code>rtk_…</code>) or a <b>signing secret</b>
(<code>whsec_…</code>). Then send your first message:</p>
{code(CURL)}
<p>The answer is <code>202</code>: the message is <em>kept</em>. Send the same command
again: <code>200</code> and <code>duplicate</code>. Change the price but not the
<code>id</code>: <code>409</code>, because one id is one message for ever. Whether it is
booked says <a href="#get_v1_events_id">what became of it</a>.</p>
"""

_PROOF = f"""
<p><b>API key.</b> <code>Authorization: Bearer rtk_…</code> with every request. A key
belongs to one backend, opens only the scopes that it was given, may be limited to your
addresses, and can expire. When we rotate it, the old one keeps working for a while:
change
yours in that time. Keep it on a server; it does not belong in an app or a browser.</p>
<p><b>Signature.</b> Instead of a key, messages may be signed over the raw bytes of the
body, by <a href="https://www.standardwebhooks.com">Standard Webhooks</a> unless we
agreed
on another scheme. Python, standard library only:</p>
{code(SIGNED)}
<ul>
<li>The clock may be 5 minutes off. Sign each repetition anew, with the same id.</li>
<li>Sign the bytes that you send: a proxy that re-encodes JSON breaks the
signature.</li>
</ul>
"""

_REPEAT = """
<p>Networks lose answers. Everything here may be repeated safely:</p>
<ul>
<li><b>Messages</b> carry your <code>id</code>. The same id with the same content is a
<code>duplicate</code> (200), never a second effect.</li>
<li><b>Other requests that create something</b> need the header
<code>Idempotency-Key: "a-text-of-your-own"</code>. Repeated with the same key and body,
they get the first answer (<code>Idempotency-Replayed: true</code>); with another body
422;
while the first one is still worked 409 with <code>Retry-After</code>. Keys are kept for
24 hours. A request that ended with an error left no effect and may be repeated with the
same key; where an operation says that a refusal stays, that answer is kept, too.</li>
<li>Repeat after no answer, 429 and 5xx; wait <code>Retry-After</code> seconds, then 2,
4,
8 … with some chance in it. Do not repeat other 4xx: nothing will change.</li>
</ul>
"""

_ERRORS = """
<p>From 400 on the body is <code>application/problem+json</code>
(<a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>). Program against
<code>code</code>; texts are for people. <code>errors</code> names each finding by JSON
pointer or parameter. Quote <code>correlation_id</code> (also in the header
<code>X-Correlation-Id</code>) when you ask us; send your own and it is used.</p>
<div
class="scroll"><table><thead><tr><th>Status</th><th>Means</th><th>Do</th></tr></thead>
<tbody>
<tr><td>400, 413, 415, 422</td><td>the request is wrong</td><td>mend it; it was not
kept</td></tr>
<tr><td>401</td><td>not proven who calls</td><td>check key, secret, clock,
address</td></tr>
<tr><td>403</td><td>the key may not do this</td><td>ask us for the scope or the
address</td></tr>
<tr><td>404, 405</td><td>no such thing, or not with this method</td><td>see the
operations</td></tr>
<tr><td>409</td><td>same id, other content; or still running</td><td>see the
code</td></tr>
<tr><td>429</td><td>over your limit</td><td>wait <code>Retry-After</code></td></tr>
<tr><td>500</td><td>our fault</td><td>repeat later, tell us</td></tr>
<tr><td>503</td><td>paused, or our database is away</td><td>keep it, wait,
repeat</td></tr>
</tbody></table></div>
"""

_PAGES = f"""
<p>Lists come in pages, the newest first. <code>next</code> is the cursor of the next
page,
<code>null</code> on the last; the header <code>Link</code> has the whole address.
Pages do
not shift while rows come in. Keep the filters while you page; a cursor fits no
others.</p>
{code(PAGES)}
"""

_LIMITS = """
<ul>
<li>A message has up to 2 MB unless we agreed on more, a batch up to 1000 messages,
other
bodies up to 1 MB.</li>
<li>Each key has a number of requests per minute. <code>RateLimit</code> says what is
left,
<code>RateLimit-Policy</code> what the limit is. A batch counts as one request: send
batches.</li>
<li>Do not send card numbers, security codes, passwords or tokens: they are not kept. Of
a number that looks like a payment card the first six and last four digits stay; members
called <code>cvv</code>, <code>password</code>, <code>access_token</code> and the like
are left out.</li>
<li>Amounts are decimal strings (<code>"9.95"</code>), never JSON numbers. Moments are
RFC 3339 with offset.</li>
</ul>
"""

_VERSIONS = """
<p>The version of a document is the end of its topic:
<code>retail.pos.receipt.v1</code>.
Inside a version we only add: optional fields, new values where the contract says so.
Ignore what you do not know. What breaks becomes <code>.v2</code>, and both live side by
side for a while. When a version is to end, the topic has dates, and answers carry
<code>Deprecation</code> (<a href="https://www.rfc-editor.org/rfc/rfc9745">RFC
9745</a>) and
<code>Sunset</code> (<a href="https://www.rfc-editor.org/rfc/rfc8594">RFC 8594</a>): log
them. Until we switch it off after the sunset, the old version works.</p>
"""

#: Anchor, title, HTML; in the order of a partner's work.
GUIDE: tuple[tuple[str, str, str], ...] = (
    ("start", "First message", _START),
    ("proof", "Prove who you are", _PROOF),
    ("repeat", "Repeat safely", _REPEAT),
    ("errors", "Errors", _ERRORS),
    ("pages", "Pages", _PAGES),
    ("limits", "Limits and forms", _LIMITS),
    ("versions", "Versions", _VERSIONS),
)
