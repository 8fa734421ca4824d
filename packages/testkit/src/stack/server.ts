import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDirectory } from './cache.ts'
import { dockerAnswers, removeContainer, startContainer } from './docker.ts'
import { healthy, startElasticsearch } from './elasticsearch.ts'
import { withLock } from './lock.mjs'
import { greets, startNats } from './nats.ts'
import { accepts, createCluster, startPostgres, type Started } from './postgres.ts'
import { report } from './report.ts'
import { freePort, runsIn, stopProcess } from './run.ts'
import { URL_VARIABLE, type ServerKind } from './server-kind.ts'

/** A shared server that runs in the background, as written down for every process that wants to use it. */
type Running = { url: string } & ({ pid: number } | { container: string })

/** The directory of what runs: per server a record, its data and its log. */
export function runningDirectory(): string {
  return join(cacheDirectory(), 'running')
}

/** The URL of the shared server: from the environment, else of the running one, else of one that is started now and keeps running. */
export async function serverUrl(kind: ServerKind): Promise<{ url: string; started: boolean }> {
  const configured = process.env[URL_VARIABLE[kind]]
  if (configured !== undefined && configured !== '') return { url: configured, started: false }
  const running = await findRunning(kind)
  if (running !== undefined) return { url: running.url, started: false }
  const waiting = (pid: number | undefined) => report(`waiting for process ${pid ?? '?'}, which is starting ${kind}`)
  return withLock(join(cacheDirectory(), `${kind}.lock`), () => findOrStart(kind), waiting)
}

async function findOrStart(kind: ServerKind): Promise<{ url: string; started: boolean }> {
  const running = await findRunning(kind)
  if (running !== undefined) return { url: running.url, started: false }
  await stopServer(kind)
  const directory = join(runningDirectory(), kind)
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const server: Running = (await dockerAnswers())
    ? await startContainer(kind, directory)
    : await startHere(kind, directory)
  await writeFile(recordFile(kind), JSON.stringify(server), { mode: 0o600 })
  return { url: server.url, started: true }
}

async function startHere(kind: ServerKind, directory: string): Promise<Started> {
  const port = await freePort()
  if (kind === 'nats') return startNats({ directory, port })
  if (kind === 'elasticsearch') return startElasticsearch({ directory, port })
  await createCluster(directory)
  return startPostgres({ directory, port })
}

/** The running server's record, if it answers. */
export async function findRunning(kind: ServerKind): Promise<Running | undefined> {
  const record = await readRecord(kind)
  if (record === undefined || ('pid' in record && !(await runsIn(record.pid, join(runningDirectory(), kind)))))
    return undefined
  return (await answers(kind, record.url).catch(() => false)) ? record : undefined
}

async function answers(kind: ServerKind, url: string): Promise<boolean> {
  if (kind === 'postgres') return accepts(url)
  if (kind === 'nats') return greets(Number(new URL(url).port))
  return healthy(url)
}

/** Stops the shared server, if one is written down; answers whether there was one. */
export async function stopServer(kind: ServerKind): Promise<boolean> {
  const record = await readRecord(kind)
  if (record === undefined) return false
  if ('container' in record) await removeContainer(record.container)
  else if (await runsIn(record.pid, join(runningDirectory(), kind)))
    await stopProcess(record.pid, kind === 'postgres' ? 'SIGINT' : 'SIGTERM')
  await rm(recordFile(kind), { force: true })
  await rm(join(runningDirectory(), kind), { recursive: true, force: true })
  return true
}

async function readRecord(kind: ServerKind): Promise<Running | undefined> {
  const text = await readFile(recordFile(kind), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Running)
}

function recordFile(kind: ServerKind): string {
  return join(runningDirectory(), `${kind}.json`)
}
