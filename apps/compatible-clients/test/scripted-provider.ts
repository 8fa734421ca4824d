import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestScope } from '@tessera/testkit/test-scope'

export type Sent = Record<string, unknown>
export type Script = (response: ServerResponse, sent: Sent) => void | Promise<void>

/**
 * A server that answers each model as that model's script says, byte for byte: what an emulator of well-behaved providers can't do. It knows a model by its name, in
 * the body or, as one protocol has it, in the path.
 */
export async function scriptedProvider(t: TestScope) {
  const scripts = new Map<string, Script>()
  const sent = new Map<string, Sent[]>()
  const left = new Map<string, number>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const body = text === '' ? {} : (JSON.parse(text) as Sent)
      const inPath = /models\/([^:]+):/.exec(request.url ?? '')?.[1] ?? ''
      const model = typeof body['model'] === 'string' ? body['model'] : inPath
      sent.set(model, [...(sent.get(model) ?? []), body])
      response.on('close', () => {
        if (!response.writableFinished) left.set(model, performance.now())
      })
      void (scripts.get(model) ?? notFound)(response, body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    script: (model: string, script: Script) => void scripts.set(model, script),
    /** What was asked of a model, in order. */
    sentTo: (model: string): readonly Sent[] => sent.get(model) ?? [],
    /** When somebody hung up on a model before its answer was whole (`performance.now()`). */
    leftAt: (model: string) => left.get(model),
  }
}

export type ScriptedProvider = Awaited<ReturnType<typeof scriptedProvider>>

const notFound: Script = (response) =>
  void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"no such model"}}')

/** An answer of one status. */
export const status =
  (
    code: number,
    body: unknown = { error: { message: 'a secret of the provider' } },
    headers: Record<string, string> = {},
  ): Script =>
  (response) =>
    void response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`

/** A chunk of a chat completion, as OpenAI's protocol has it. */
export const chunk = (delta: object, finish: string | null = null, others: object = {}) =>
  data({
    ...{ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' },
    choices: [{ index: 0, delta, finish_reason: finish, ...others }],
  })
export const usage = { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 }
const counted = data({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })
export const done = 'data: [DONE]\n\n'

/** A stream of these events, and what comes after them. */
export const streaming =
  (
    events: readonly (string | Buffer)[],
    after: (response: ServerResponse) => void = (response) => void response.end(),
  ): Script =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events) response.write(event)
    after(response)
  }

/** A stream that says this, and ends as it should. */
export const saying = (events: readonly string[], finish = 'stop') =>
  streaming([chunk({ role: 'assistant', content: '' }), ...events, chunk({}, finish), counted, done])

export const text = (content: string) => chunk({ content })
export const call = (index: number, id: string | undefined, name: string | undefined, args: string) =>
  chunk({
    tool_calls: [{ index, ...(id && { id, type: 'function' }), function: { ...(name && { name }), arguments: args } }],
  })

/** Goes silent, and leaves the connection open. */
export const stall = () => undefined
export const cut = (response: ServerResponse) => void setTimeout(() => response.destroy(), 20)
