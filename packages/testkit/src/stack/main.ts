// The stack by hand: node packages/testkit/src/stack/main.ts up | down | status | run -- <command>
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { report } from './report.ts'
import { findRunning } from './server.ts'
import { SERVER_KINDS, URL_VARIABLE } from './server-kind.ts'
import { keepStack, startStack, stopStack, useStack, type StackServer } from './stack.ts'

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

/** Runs a command with the servers' URLs in its environment, and stops afterwards what was started for it. */
async function runWith(command: string[]): Promise<number> {
  const [program, ...args] = command
  if (program === undefined) return usage()
  const release = await useStack()
  try {
    const servers = await startStack()
    for (const server of servers) if ('missing' in server) report(line(server))
    const urls = servers.map((server) => [URL_VARIABLE[server.kind], 'url' in server ? server.url : ''])
    return await execute(program, args, { ...process.env, ...Object.fromEntries(urls) })
  } finally {
    await release()
  }
}

function execute(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, { env, stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well; what is left to us is to wait for it and clean up.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}

function usage(): number {
  console.error('usage: node packages/testkit/src/stack/main.ts up | down | status | run -- <command> [arguments]')
  return 2
}

const [verb, separator, ...command] = process.argv.slice(2)
if (verb === 'up') process.exitCode = await up()
else if (verb === 'down') process.exitCode = await down()
else if (verb === 'status') process.exitCode = await status()
else if (verb === 'run' && separator === '--') process.exitCode = await runWith(command)
else process.exitCode = usage()
