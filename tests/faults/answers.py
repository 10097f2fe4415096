"""Responses that the sandbox does not give: those of a gateway, and errors in Neon's form."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import httpx

from tests.faults.schedule import Fault, Injection

if TYPE_CHECKING:
    from datetime import datetime

HTML = "<html><body><h1>Bad gateway</h1></body></html>"
UNDONE = "project already has running conflicting operations, scheduling of new ones is prohibited"


def in_neons_place(fault: Fault) -> httpx.Response:
    """Return the response of a gateway between the client and Neon."""
    if fault is Fault.JSON_500:
        body = {"request_id": "failed", "code": "", "message": "internal server error"}
        return httpx.Response(500, json=body)
    if fault is Fault.EMPTY_200:
        return httpx.Response(200)
    if fault is Fault.LACKING_200:
        return httpx.Response(200, json={"status": "ok"})
    status = {Fault.HTML_502: 502, Fault.HTML_503: 503, Fault.HTML_504: 504}.get(fault, 200)
    return httpx.Response(status, html=HTML)


def refused(injection: Injection, now: datetime, skew: int) -> httpx.Response:
    """Return an error in Neon's form, sent before any change; its clock is `skew` hours off."""
    headers = {"Date": format_datetime(now, usegmt=True)}
    if injection.fault is Fault.LIMITED:
        headers["Retry-After"] = f"{injection.seconds:.0f}"
    if injection.fault is Fault.LIMITED_UNTIL:
        until = now + timedelta(seconds=injection.seconds, hours=skew)
        headers["Retry-After"] = format_datetime(until, usegmt=True)
    status = {Fault.BUSY: 423, Fault.UNAVAILABLE: 503}.get(injection.fault, 429)
    body = {"request_id": "refused", "code": "", "message": UNDONE}
    return httpx.Response(status, headers=headers, json=body)
