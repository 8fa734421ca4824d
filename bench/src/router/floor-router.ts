import { connect, type Msg } from 'nats'
import { Pool } from 'undici'

/** The other half of the floor: asks the provider, reads each event of its stream as JSON, and passes each on in a message of its own. */
const [natsUrl = '', providerUrl = ''] = process.argv.slice(2)
const connection = await connect({ servers: natsUrl })
const { origin, pathname } = new URL(providerUrl)
const pool = new Pool(origin, { connections: 512, pipelining: 1 })
const running = new Map<string, AbortController>()
connection.subscribe('floor.cancel', { callback: (_error, message) => running.get(message.string())?.abort() })
connection.subscribe('floor.chat', { queue: 'floor', callback: (_error, message) => void answer(message) })
await connection.flush()
console.log('ready')
process.on('SIGTERM', () => process.exit(0))

async function answer(message: Msg): Promise<void> {
  const request: { stream?: boolean } = message.json()
  const to = message.reply ?? ''
  const abort = new AbortController()
  running.set(to, abort)
  try {
    const { body } = await pool.request({
      ...{ method: 'POST', path: `${pathname}/chat/completions`, signal: abort.signal, body: JSON.stringify(request) },
      headers: { 'content-type': 'application/json', authorization: 'Bearer upstream' },
    })
    if (request.stream) await passOn(body, to)
    else connection.publish(to, `j${JSON.stringify(await body.json())}`)
  } catch {
    connection.publish(to, 'e')
  } finally {
    running.delete(to)
  }
}

async function passOn(body: AsyncIterable<Buffer>, to: string): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true })
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const data = rest.slice('data: '.length, end)
      rest = rest.slice(end + 2)
      const event = data === '[DONE]' ? data : JSON.stringify(JSON.parse(data))
      connection.publish(to, `sdata: ${event}\n\n`)
    }
  }
  connection.publish(to, 'e')
}
