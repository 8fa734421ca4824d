// The stack by hand: node packages/testkit/src/stack/main.ts up | down | status
import { findRunning } from './server.ts'
import { SERVER_KINDS, URL_VARIABLE } from './server-kind.ts'
import { keepStack, startStack, stopStack, type StackServer } from './stack.ts'

async function up(): Promise<number> {
  await keepStack()
  const servers = await startStack()
  for (const server of servers) console.log(line(server))
  return servers.some((server) => 'missing' in server) ? 1 : 0
}

function line(server: StackServer): string {
  if ('missing' in server) return `${server.kind}: missing. ${server.missing}`
  return `${server.kind}: ${server.url}${server.started ? ' (started)' : ''}`
}

async function down(): Promise<number> {
  const stopped = await stopStack()
  console.log(stopped.length === 0 ? 'nothing was running' : `stopped ${stopped.join(', ')}`)
  return 0
}

async function status(): Promise<number> {
  let all = true
  for (const kind of SERVER_KINDS) {
    const url = process.env[URL_VARIABLE[kind]] ?? (await findRunning(kind))?.url
    all &&= url !== undefined
    console.log(`${kind}: ${url ?? 'not running'}`)
  }
  return all ? 0 : 1
}

function usage(): number {
  console.error('usage: node packages/testkit/src/stack/main.ts up | down | status')
  return 2
}

const [verb] = process.argv.slice(2)
if (verb === 'up') process.exitCode = await up()
else if (verb === 'down') process.exitCode = await down()
else if (verb === 'status') process.exitCode = await status()
else process.exitCode = usage()
