"""A mail server for tests: says what it is told to, and tells what came as JSON, one line each.

Its messages are read by the mail library of Python, which shares nothing with what wrote them.
"""

import asyncio
import base64
import email
import email.policy
import json
import os
import ssl
import sys

try:
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError:
    sys.exit(3)

asked = json.loads(sys.argv[1])
here = os.path.dirname(os.path.abspath(__file__)) if "__file__" in globals() else sys.argv[2]


def told(content):
    message = email.message_from_bytes(content, policy=email.policy.default)
    parts, files = [], []
    for part in message.walk():
        if part.is_multipart():
            continue
        if part.get_content_disposition() == "attachment":
            body = base64.b64encode(part.get_payload(decode=True)).decode()
            files.append({"name": part.get_filename(), "type": part.get_content_type(), "body": body})
        else:
            parts.append({"type": part.get_content_type(), "text": part.get_content()})
    headers = {name.lower(): str(value) for name, value in message.items()}
    return {"headers": headers, "parts": parts, "files": files, "ascii": content.isascii()}


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        say = asked["rcpt"].pop(0) if asked["rcpt"] else "250 ok"
        if say.startswith("250"):
            envelope.rcpt_tos.append(address)
        return say

    async def handle_DATA(self, server, session, envelope):
        say = asked["data"].pop(0) if asked["data"] else "250 2.0.0 taken"
        if say == "hang":
            await asyncio.sleep(600)
        came = told(envelope.original_content or envelope.content)
        came |= {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None}
        print(json.dumps(came), flush=True)
        return say


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"tokuten@example.com" and data.password == b"s/3:cr@t"
    return AuthResult(success=good, handled=False)


async def main():
    context = None
    if asked["tls"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(here, "server.pem"), os.path.join(here, "server.key"))
    options = {"hostname": "mail.example"}
    if asked["login"]:
        options |= {"authenticator": authenticate, "auth_required": True}
        options |= {"auth_require_tls": asked["tls"] == "start"}
    if asked["tls"] == "start":
        options |= {"tls_context": context, "require_starttls": True}
    wrapped = context if asked["tls"] == "wrapped" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(), **options), asked["host"], 0, ssl=wrapped
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
