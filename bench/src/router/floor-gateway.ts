import fastify from 'fastify'
import { connect } from 'nats'

/**
 * The floor of "HTTP → NATS → router": takes a chat over HTTP, sends it over NATS, and passes on what comes back. It knows one key, and neither rights, routes, labels, budgets,
 * ledger nor traces. One inbox for the process; a message is `j` and a whole answer, `s` and an event of a stream, or `e`, its end. Prints its URL.
 */
const [natsUrl = ''] = process.argv.slice(2)
const connection = await connect({ servers: natsUrl })
const inbox = `floor.inbox.${process.pid}.`
const waiting = new Map<string, (data: Uint8Array) => void>()
connection.subscribe(`${inbox}*`, { callback: (_error, message) => waiting.get(message.subject)?.(message.data) })
let count = 0

const app = fastify({ bodyLimit: 32 << 20 })
app.post('/v1/chat/completions', (request, reply) => {
  if (request.headers.authorization !== 'Bearer bench') {
    reply.code(401).send({ error: { message: 'bad key' } })
    return
  }
  reply.hijack()
  const { raw } = reply
  const subject = `${inbox}${(count++).toString(36)}`
  waiting.set(subject, (data) => {
    const [kind] = data
    const body = data.subarray(1)
    if (kind === 0x73) {
      if (!raw.headersSent) raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
      raw.write(body)
      return
    }
    waiting.delete(subject)
    if (kind === 0x6a) {
      raw.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      raw.end(body)
    } else if (raw.headersSent) raw.end()
    else raw.writeHead(502).end()
  })
  raw.once('close', () => {
    if (waiting.delete(subject)) connection.publish('floor.cancel', subject)
  })
  connection.publish('floor.chat', JSON.stringify(request.body), { reply: subject })
})
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
process.on('SIGTERM', () => process.exit(0))
