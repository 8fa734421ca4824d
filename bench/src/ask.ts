import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ownPostgres } from '@tessera/testkit/own-postgres'
import type { TestScope } from '@tessera/testkit/test-scope'
import { bareNats } from './bare-nats.ts'
import { handbookDocuments } from './documents.ts'
import { inParallel, median, percentile, table, timed } from './figures.ts'
import { type BenchInstallation, installation } from './installation.ts'
import { indexedRows } from './indexed-rows.ts'
import { commitMs, withClient } from './with-client.ts'

const questions = [
  'How do I report a security incident?',
  'How many weeks of parental leave do new parents get?',
  'Who approves a change of compensation?',
  'How do we review a design document?',
  'What happens in the first week of a new hire?',
  'How are expenses reimbursed?',
]

/** Time to the first `text.delta` and to `run.completed` through all services, beside what Elasticsearch, the provider and a commit take by themselves. */
export async function benchAsk(t: TestScope, { quick }: { quick: boolean }): Promise<string> {
  const providerUrl = await fakeProvider(t)
  const postgres = await ownPostgres(t, { durable: true })
  const at = await installation(t, {
    databaseServerUrl: postgres.url,
    environment: { models: { OPENAI_COMPATIBLE_URL: providerUrl } },
  })
  await load(at, quick ? 60 : 317)
  const agent = await publishAgent(at)
  const rows = await indexedRows(at.cluster)
  const token = await at.token()
  const ask = (question: string) => askOnce(at, agent, question, token)
  for (const question of questions) await ask(question)

  const floors = {
    elasticsearch: (question: string) => rows.search(question),
    provider: () => firstByteOf(providerUrl),
    nats: await bareNats(t),
  }
  const alone = await measureAlone(quick ? 30 : 150, ask, floors)
  const commit = await commitMs(at.cluster.databaseUrl, quick ? 50 : 300)
  const commits = await commitsPerAsk(at.cluster.databaseUrl, ask)
  const together = await measureTogether(quick ? 64 : 320, 16, ask)
  const overhead = median(alone.firstText) - median(alone.elasticsearch) - median(alone.provider)
  const show = (sample: readonly number[]) => [median(sample), percentile(sample, 0.9), percentile(sample, 0.99)]
  return `${table(
    ['milliseconds', 'p50', 'p90', 'p99'],
    [
      ['first text.delta, 1 at once', ...show(alone.firstText)],
      ['– Elasticsearch, bare query beside it', ...show(alone.elasticsearch)],
      ['– provider, bare request beside it', ...show(alone.provider)],
      ['one bare NATS request between two processes, beside it', ...show(alone.nats)],
      ['run.completed, 1 at once', ...show(alone.completed)],
      ['first text.delta, 16 at once', ...show(together.firstText)],
      ['run.completed, 16 at once', ...show(together.completed)],
      ['one durable commit, beside it', ...show(commit)],
    ],
  )}

first text.delta less Elasticsearch and provider, 1 at once: ${overhead.toFixed(1)} ms p50; commits of a whole run: ${commits.toFixed(1)} (reads count as such, too), ${median(commit).toFixed(2)} ms each.`
}

async function fakeProvider(t: TestScope): Promise<string> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./fake-provider.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => void child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return line.toString().trim()
}

async function load(at: BenchInstallation, count: number): Promise<void> {
  await inParallel(handbookDocuments(count), 8, async ({ externalId, text }) => {
    await at.request(
      'PUT',
      `/v1/data-sources/${at.dataSourceId}/documents/${encodeURIComponent(externalId)}?wait=indexed`,
      {
        content: { mediaType: 'text/markdown', text },
        access: { allow: ['workspace:members'] },
      },
    )
  })
}

async function publishAgent(at: BenchInstallation): Promise<string> {
  const { agent } = await at.request<{ agent: { id: string } }>('POST', '/v1/agents', {
    handle: 'bench',
    title: 'Bench',
    definition: { instructions: 'Answer.', scope: { kind: 'everything' }, model: 'openai-compatible/bench' },
  })
  await at.request('POST', `/v1/agents/${agent.id}/versions/1/publish`)
  return agent.id
}

async function askOnce(at: BenchInstallation, agent: string, question: string, token: string) {
  const conversation = await at.request<{ id: string }>('POST', '/v1/conversations', { agent })
  const start = performance.now()
  const response = await fetch(`${at.cluster.url}/v1/conversations/${conversation.id}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ text: question }),
  })
  let firstText = Number.NaN
  let seen = ''
  const decoder = new TextDecoder()
  for await (const part of response.body ?? []) {
    seen += decoder.decode(part as Uint8Array, { stream: true })
    if (Number.isNaN(firstText) && seen.includes('text.delta')) firstText = performance.now() - start
  }
  if (!seen.includes('run.completed')) throw new Error(`The run did not complete: ${seen.slice(-500)}`)
  return { firstText, completed: performance.now() - start }
}

type Floors = {
  elasticsearch: (question: string) => Promise<void>
  provider: () => Promise<void>
  nats: () => Promise<void>
}

/** One at once, each beside what its parts take by themselves, so that all of them meet the same machine. */
async function measureAlone(count: number, ask: (question: string) => ReturnType<typeof askOnce>, floors: Floors) {
  const firstText: number[] = []
  const completed: number[] = []
  const elasticsearch: number[] = []
  const provider: number[] = []
  const nats: number[] = []
  for (let index = 0; index < count; index++) {
    const question = questions[index % questions.length] ?? ''
    const asked = await ask(question)
    firstText.push(asked.firstText)
    completed.push(asked.completed)
    elasticsearch.push((await timed(() => floors.elasticsearch(question))).ms)
    provider.push((await timed(floors.provider)).ms)
    nats.push((await timed(floors.nats)).ms)
  }
  return { firstText, completed, elasticsearch, provider, nats }
}

async function measureTogether(count: number, width: number, ask: (question: string) => ReturnType<typeof askOnce>) {
  const firstText: number[] = []
  const completed: number[] = []
  await inParallel(
    Array.from({ length: count }, (_, index) => questions[index % questions.length] ?? ''),
    width,
    async (question) => {
      const asked = await ask(question)
      firstText.push(asked.firstText)
      completed.push(asked.completed)
    },
  )
  return { firstText, completed }
}

async function firstByteOf(providerUrl: string): Promise<void> {
  const response = await fetch(`${providerUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'bench', stream: true }),
  })
  const parts = response.body?.[Symbol.asyncIterator]()
  await parts?.next()
  await parts?.return?.()
}

async function commitsPerAsk(databaseUrl: string, ask: (question: string) => Promise<unknown>): Promise<number> {
  const asks = 10
  const count = () =>
    withClient(databaseUrl, async (client) => {
      const { rows } = await client.query<{ commits: string }>(
        'select xact_commit as commits from pg_stat_database where datname = current_database()',
      )
      return Number(rows[0]?.commits)
    })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const before = await count()
  for (let index = 0; index < asks; index++) await ask(questions[index % questions.length] ?? '')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  return ((await count()) - before) / asks
}
