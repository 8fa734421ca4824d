import { connect } from 'nats'

/** Answers every request on a subject with what it got, as a process of its own: the floor of one call over the bus. */
const [url = '', subject = ''] = process.argv.slice(2)
const connection = await connect({ servers: url })
connection.subscribe(subject, { callback: (_error, message) => void message.respond(message.data) })
await connection.flush()
console.log('ready')
process.on('SIGTERM', () => void connection.close())
