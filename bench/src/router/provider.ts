import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A model that answers as its prompt says, `@@ttft=50,itl=10,n=40@@`: milliseconds to the first chunk and between chunks, and how many chunks. A process of its own;
 * prints its URL.
 */
const head = (id: number) => `{"id":"c${id}","object":"chat.completion.chunk","created":1700000000,"model":"bench"`
const word = (index: number) => `w${String.fromCodePoint(97 + (index % 26))} `

type Shape = { ttft: number; itl: number; n: number }

function shapeOf(body: string): Shape {
  const shape: Shape = { ttft: 0, itl: 0, n: 8 }
  for (const [, name = '', value] of (/@@(.*?)@@/.exec(body)?.[1] ?? '').matchAll(/(\w+)=(\d+)/g)) {
    if (name in shape) shape[name as keyof Shape] = Number(value)
  }
  return shape
}

let count = 0

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json')
    response.end('{"object":"list","data":[{"id":"bench","object":"model"}]}')
    return
  }
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    const body = Buffer.concat(parts).toString()
    const shape = shapeOf(body)
    if (/"stream":\s*true/.test(body)) stream(response, shape)
    else whole(response, shape)
  })
})

function whole(response: ServerResponse, { ttft, n }: Shape): void {
  const content = Array.from({ length: n }, (_, index) => word(index)).join('')
  const answer = {
    ...{ id: `c${count++}`, object: 'chat.completion', created: 1_700_000_000, model: 'bench' },
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: n, total_tokens: n + 10 },
  }
  setTimeout(() => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer))
  }, ttft)
}

function stream(response: ServerResponse, { ttft, itl, n }: Shape): void {
  const id = count++
  const startMs = performance.now()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  const chunk = () => {
    const role = sent === 0 ? '"role":"assistant",' : ''
    response.write(
      `data: ${head(id)},"choices":[{"index":0,"delta":{${role}"content":"${word(sent)}"},"finish_reason":null}]}\n\n`,
    )
    sent++
  }
  const next = () => {
    if (response.destroyed) return
    const due = itl === 0 ? n - sent : Math.min(1, n - sent)
    for (let made = 0; made < due; made++) chunk()
    if (sent < n) {
      // Deadlines are absolute, so that what timers add does not add up.
      setTimeout(next, Math.max(0, startMs + ttft + sent * itl - performance.now()))
      return
    }
    const usage = `{"prompt_tokens":10,"completion_tokens":${n},"total_tokens":${n + 10}}`
    response.end(
      `data: ${head(id)},"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n` +
        `data: ${head(id)},"choices":[],"usage":${usage}}\n\ndata: [DONE]\n\n`,
    )
  }
  setTimeout(next, ttft)
}

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`))
process.on('SIGTERM', () => process.exit(0))
