import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type TestScope = { after: (cleanUp: () => void | Promise<void>) => void }

export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: unknown }
export type Respond = (response: ServerResponse, request: Received) => void | Promise<void>

/** An HTTP server that answers what a test says, byte for byte: what an emulator of well-behaved providers can't do. */
export async function fakeProvider(t: TestScope, respond: Respond) {
  const requests: Received[] = []
  let left = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const received = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      }
      requests.push(received)
      response.on('close', () => {
        if (!response.writableFinished) left.resolve()
      })
      void respond(response, received)
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
    requests,
    /** Resolves when a client has left before its answer was complete. */
    clientLeft: () => left.promise,
  }
}

export function sendEvents(response: ServerResponse, events: readonly string[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) response.write(event)
}

/** Its SDK insists on every field. */
export const mistralChunk = (delta: object, finish_reason: string | null, usage?: object) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }], ...(usage && { usage }) })}\n\n`

/** What each protocol streams for a text, and its end. */
export const protocols = {
  mistral: {
    text: (text: string) => mistralChunk({ content: text }, null),
    end: [mistralChunk({ content: '' }, 'stop'), 'data: [DONE]\n\n'],
  },
  openai: {
    text: (text: string) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] })}\n\n`,
    end: [
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
      'data: [DONE]\n\n',
    ],
  },
  anthropic: {
    text: (text: string) =>
      `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}\n\n`,
    end: [
      `event: message_delta\ndata: ${JSON.stringify({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } })}\n\n`,
      `event: message_stop\ndata: ${JSON.stringify({ type: 'message_stop' })}\n\n`,
    ],
  },
  gemini: {
    text: (text: string) =>
      `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0 }] })}\n\n`,
    end: [`data: ${JSON.stringify({ candidates: [{ content: { parts: [] }, finishReason: 'STOP', index: 0 }] })}\n\n`],
  },
}
export type Protocol = keyof typeof protocols
