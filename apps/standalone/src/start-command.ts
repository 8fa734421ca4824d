import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { readSigningKey } from '@tessera/access-control/log/keys'
import type { Sync } from '@tessera/shared/contracts/connectors'
import { SingleBar } from 'cli-progress'
import { pino } from 'pino'
import type { Static } from 'typebox'
import { createApi } from './api.ts'
import { streamAnswer } from './ask-command.ts'
import { createDevelopmentIssuer, type DevelopmentIssuer, refuseBeyondLoopback } from './development-issuer.ts'
import { type Installation, openInstallation } from './installation.ts'
import { announceAddress, withdrawAddress } from './running.ts'
import { loadSample, sampleAdmin, sampleAgentHandle, sampleDemo, samplePeople, sampleRoot } from './sample.ts'
import { type Standalone, startStandalone } from './standalone.ts'

export type StartOptions = {
  host: string
  port: number
  dataDir: string
  sample: boolean
  environment: Readonly<Record<string, string | undefined>>
}

/** What `npm start` does: starts, loads the sample, shows what it is for, and goes on serving until it is told to stop. */
export async function startCommand(options: StartOptions): Promise<void> {
  refuseBeyondLoopback(options.host)
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const installation = await openInstallation(dataDir)
  const issuer = await createDevelopmentIssuer(installation.issuerKey)
  const logger = pino({ level: options.environment['LOG_LEVEL'] ?? 'warn' })
  say('Starting Tessera …')
  const tessera = await startStandalone({
    dataDir,
    installation,
    issuer,
    admin: sampleAdmin,
    host: options.host,
    port: options.port,
    folderRoots: [sampleRoot],
    environment: options.environment,
    logger,
  })
  const stopped = stopOnSignal(tessera, dataDir)
  try {
    say(`Models: ${tessera.models.join('; ')}`)
    if (options.sample) {
      await showSample(tessera, issuer)
      await printDoors(tessera, issuer)
    }
    await printAdmin(installation, issuer)
    announceAddress(dataDir, tessera.url)
    say(`Tessera serves on ${tessera.url} (API documentation: ${tessera.url}/docs). Stop it with Ctrl-C.`)
    await stopped
  } finally {
    await tessera.close()
  }
}

const say = (text: string) => process.stdout.write(`${text}\n`)

function stopOnSignal(tessera: Standalone, dataDir: string): Promise<void> {
  const { promise, resolve: stopped, reject } = Promise.withResolvers<void>()
  const stop = () => {
    withdrawAddress(dataDir)
    tessera.close().then(stopped, reject)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  return promise
}

async function showSample(tessera: Standalone, issuer: DevelopmentIssuer): Promise<void> {
  const admin = createApi(tessera.url, await issuer.tokenFor(sampleAdmin.id, sampleAdmin.name))
  const bar = new SingleBar({
    format: 'Loading the sample  {bar} {value}/{total} pages',
    barsize: 30,
    hideCursor: true,
  })
  bar.start(1, 0)
  const onProgress = (sync: Static<typeof Sync>) => {
    bar.setTotal(sync.total ?? Math.max(1, sync.seen))
    bar.update(sync.seen)
  }
  await loadSample(admin, issuer, onProgress).finally(() => bar.stop())
  const { question, people } = sampleDemo()
  say(`\nOne question, asked by two people: ${question}`)
  for (const id of people) {
    const person = samplePeople().find((candidate) => candidate.id === id)
    say(`\n── ${person?.name ?? id} ──`)
    const api = createApi(tessera.url, await issuer.tokenFor(id, person?.name ?? id))
    await streamAnswer(api, sampleAgentHandle, question, process.stdout)
  }
}

async function printDoors(tessera: Standalone, issuer: DevelopmentIssuer): Promise<void> {
  say('\nAsk yourself, in another terminal:')
  say('  npm run ask -- --as ana "How do I report a security incident?"')
  for (const person of samplePeople().slice(0, 3)) {
    const token = await issuer.tokenFor(person.id, person.name)
    say(`\n${person.name}'s token (24 hours):\n${token}`)
    say(
      `  curl -s ${tessera.url}/v1/search -H 'content-type: application/json' -H 'authorization: Bearer ${token}' -d '{"query":"security incident","limit":3}'`,
    )
  }
}

/** What the examples of the README want: an admin's token, and the key that the decision log is verified with. */
async function printAdmin({ auditSigningKey }: Installation, issuer: DevelopmentIssuer): Promise<void> {
  const token = await issuer.tokenFor(sampleAdmin.id, sampleAdmin.name)
  say(
    `\nTo administer (24 hours):\n  export ADMIN_TOKEN=${token}\n  export AUDIT_PUBLIC_KEY=${readSigningKey(auditSigningKey).publicKey}\n`,
  )
}
