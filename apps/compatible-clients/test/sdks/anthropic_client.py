"""Talks to Tessera with the official Anthropic SDK for Python and prints what it got as JSON, for python.test.ts."""
import json
import sys

import anthropic

base_url, model = sys.argv[1:3]
client = anthropic.Anthropic(base_url=base_url, api_key=sys.stdin.read().strip(), max_retries=0)
hello = [{"role": "user", "content": "Hello"}]
tools = [{"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}]


def error_of(call):
    try:
        call()
    except anthropic.APIError as error:
        return type(error).__name__
    return "no error"


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


message = client.messages.create(model=model, max_tokens=100, messages=hello)
with client.messages.stream(
    model=model, max_tokens=100, messages=hello, thinking={"type": "adaptive"}
) as stream:
    streamed = "".join(stream.text_stream)
    final = stream.get_final_message()

question = [{"role": "user", "content": "Is it raining in Ulm?"}]
asked = client.messages.create(model=model, max_tokens=100, messages=question, tools=tools)
use = next(block for block in asked.content if block.type == "tool_use")
after = client.messages.create(
    model=model,
    max_tokens=100,
    tools=tools,
    messages=[
        *question,
        {"role": "assistant", "content": asked.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "rain"}]},
    ],
)
counted = client.messages.count_tokens(
    model="tessera/extractive", messages=[{"role": "user", "content": "hello world"}]
)
stranger = anthropic.Anthropic(base_url=base_url, api_key="nonsense", max_retries=0)

print(
    json.dumps(
        {
            "message": text_of(message),
            "streamed": streamed,
            "thinking": "".join(block.thinking for block in final.content if block.type == "thinking"),
            "tool": {"name": use.name, "input": use.input},
            "afterTool": text_of(after),
            "counted": counted.input_tokens,
            "listed": any(entry.id == model for entry in client.models.list()),
            "errors": [
                error_of(lambda: client.messages.create(model="nobody/knows", max_tokens=5, messages=hello)),
                error_of(lambda: client.messages.create(model=model, max_tokens=0, messages=hello)),
                error_of(lambda: stranger.messages.create(model=model, max_tokens=5, messages=hello)),
            ],
        }
    )
)
