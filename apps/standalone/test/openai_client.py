"""Talks to Tessera with the official OpenAI SDK for Python and prints what it got as JSON, for openai-sdk.test.ts."""
import json
import sys

import openai

base_url, model, question = sys.argv[1:4]
client = openai.OpenAI(base_url=base_url, api_key=sys.stdin.read().strip(), max_retries=0)
messages = [{"role": "user", "content": question}]

whole = client.chat.completions.create(model=model, messages=messages)
text = ""
finish_reason = None
usage = None
for chunk in client.chat.completions.create(
    model=model, messages=messages, stream=True, stream_options={"include_usage": True}
):
    if chunk.usage:
        usage = chunk.usage.total_tokens
    for choice in chunk.choices:
        text += choice.delta.content or ""
        finish_reason = choice.finish_reason or finish_reason
try:
    client.chat.completions.create(model="agent/nobody-knows-this-one", messages=messages)
    unknown = "no error"
except openai.NotFoundError as error:
    unknown = error.code

print(
    json.dumps(
        {
            "models": [model.id for model in client.models.list()],
            "text": whole.choices[0].message.content,
            "finishReason": whole.choices[0].finish_reason,
            "streamed": text,
            "streamedFinishReason": finish_reason,
            "streamedUsage": usage,
            "unknown": unknown,
        }
    )
)
