import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * An OpenAI-compatible server that answers at once, as a process of its own: what remains of a measured time is ours. Prints its URL.
 */
const words =
  'The handbook says so in the first passage [1] and this sentence is as long as a short answer usually is .'.split(' ')
const chunk = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const answer = [
  ...words.map((word, index) =>
    chunk(index === 0 ? { role: 'assistant', content: word } : { content: ` ${word}` }, null),
  ),
  chunk({}, 'stop'),
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'bench', choices: [], usage: { prompt_tokens: 900, completion_tokens: words.length, total_tokens: 900 + words.length } })}\n\n`,
  'data: [DONE]\n\n',
]

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'bench', object: 'model' }] }))
    return
  }
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const part of answer) response.write(part)
    response.end()
  })
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`))
process.on('SIGTERM', () => server.close())
