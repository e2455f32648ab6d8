"""Post every routing form that is submitted to the sales chat, and mark those of large groups.

CHAT_URL=https://hooks.slack.com/services/... openslot flow run examples/route_to_chat.py

``examples/route_to_chat.yaml`` does the same without Python.
"""

import os

import httpx

from openslot.connector import AsyncConnector, Flow, RoutingFormSubmissionEvent

flow = Flow("forms to chat")


@flow.on("routing_form_submission.created")
async def post(event: RoutingFormSubmissionEvent, _: AsyncConnector) -> None:
    rows = event.payload.questions_and_answers
    lines = [f"{row.question}: {row.answer or ''}" for row in rows]
    is_large = any(row.question == "Size of the group" and row.answer == "More than 5" for row in rows)
    text = "\n".join([f"*New request{' for a large group' if is_large else ''}*", *map(plain, lines)])
    async with httpx.AsyncClient() as chat:
        (await chat.post(os.environ["CHAT_URL"], json={"text": text})).raise_for_status()


def plain(text: str) -> str:
    # strangers write the answers: none of them may notify the whole channel
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
