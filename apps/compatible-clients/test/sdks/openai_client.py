"""Talks to Tessera with the official OpenAI SDK for Python and prints what it got as JSON, for python.test.ts."""
import json
import sys

import openai

base_url, model = sys.argv[1:3]
client = openai.OpenAI(base_url=base_url, api_key=sys.stdin.read().strip(), max_retries=0)
hello = [{"role": "user", "content": "Hello"}]
parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
tools = [{"type": "function", "function": {"name": "weather", "parameters": parameters}}]


def error_of(call):
    try:
        call()
    except openai.APIError as error:
        return type(error).__name__
    return "no error"


chat = client.chat.completions.create(model=model, messages=hello)
streamed, usage = "", False
for chunk in client.chat.completions.create(
    model=model, messages=hello, stream=True, stream_options={"include_usage": True}
):
    usage = usage or bool(chunk.usage and chunk.usage.total_tokens > 0)
    streamed += "".join(choice.delta.content or "" for choice in chunk.choices)

question = [{"role": "user", "content": "Is it raining in Ulm?"}]
asked = client.chat.completions.create(model=model, messages=question, tools=tools).choices[0].message
call = asked.tool_calls[0]
after = client.chat.completions.create(
    model=model,
    tools=tools,
    messages=[*question, asked, {"role": "tool", "tool_call_id": call.id, "content": "rain"}],
)

response = client.responses.create(model=model, input="Hello", store=False, reasoning={"summary": "auto"})
with client.responses.stream(model=model, input="Hello", store=False) as stream:
    for _ in stream:
        pass
    final = stream.get_final_response()

vectors = client.embeddings.create(model="openai/text-embedding-3-small", input=["Hello"])
stranger = openai.OpenAI(base_url=base_url, api_key="nonsense", max_retries=0)

print(
    json.dumps(
        {
            "chat": chat.choices[0].message.content,
            "chatStreamed": streamed,
            "chatUsage": usage,
            "tool": {"name": call.function.name, "arguments": call.function.arguments},
            "afterTool": after.choices[0].message.content,
            "response": response.output_text,
            "responseStreamed": final.output_text,
            "reasoning": "".join(
                part.text for item in response.output if item.type == "reasoning" for part in item.summary
            ),
            "vectors": [list(entry.embedding) for entry in vectors.data],
            "listed": any(entry.id == model for entry in client.models.list()),
            "errors": [
                error_of(lambda: client.chat.completions.create(model="nobody/knows", messages=hello)),
                error_of(lambda: client.responses.create(model=model, input="Hello", temperature=7)),
                error_of(lambda: stranger.chat.completions.create(model=model, messages=hello)),
            ],
        }
    )
)
