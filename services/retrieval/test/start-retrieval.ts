import { connectorsContract, connectorsFaults } from '@tessera/shared/contracts/connectors'
import type { InputOf } from '@tessera/shared/bus/contract'
import { createInProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { createDatabase } from '@tessera/shared/database/database'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { database } from '@tessera/testkit/database'
import { search } from '@tessera/testkit/search'
import { tcpProxy } from '@tessera/testkit/tcp-proxy'
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { createRetrieval, type RetrievalDeps } from '../src/app.ts'
import type { RetrievalTables } from '../src/database.ts'
import type { SearchIndex } from '../src/index/search-index.ts'
import { createElasticsearchIndex } from '../src/index/elasticsearch/elasticsearch-index.ts'
import { migrateRetrieval } from '../src/migrations.ts'
import { serveAccess } from './access.ts'

type Replica = Partial<Pick<RetrievalDeps, 'embeddingModel' | 'jobLeaseMs'>>
type Options = Partial<Pick<RetrievalDeps, 'index' | 'embeddingModel' | 'rerankModel' | 'embeddingClearedLabels'>> & {
  replicas?: number
  /** What stands between retrieval and its index. */
  between?: (index: SearchIndex) => SearchIndex
}

type PutOptions = Partial<
  Pick<Content, 'documentId' | 'mediaType' | 'marks' | 'title' | 'url' | 'externalId' | 'authors' | 'updatedAt'>
> & {
  allow?: string[]
  labels?: string[]
  indexed?: boolean
}
type Content = InputOf<(typeof retrievalContract)['operations']['putDocument']>

/** Retrieval on real PostgreSQL and Elasticsearch, each behind a proxy that can fail, on a bus with an access-control of lists, a model that counts letters, and one that likes short texts best. */
export async function startRetrieval(
  t: TestContext,
  { index, embeddingModel, rerankModel, embeddingClearedLabels, replicas = 1, between = (used) => used }: Options = {},
) {
  const logger = pino({ level: 'silent' })
  const { url, schema } = await database(t, 'retrieval')
  const db = createDatabase<RetrievalTables>({ url, schema })
  await migrateRetrieval(db, schema)
  const postgres = await proxied(t, url)
  const elastic = await search(t)
  const elasticProxy = await proxied(t, elastic.url)
  const network = createInProcessNetwork({ logger })
  const buses = ['access', 'models', 'gateway', 'connectors'] as const
  const [accessBus, modelsBus, gatewayBus, connectorsBus] = buses.map((service) => network.join(service))
  assert.ok(accessBus && modelsBus && gatewayBus && connectorsBus)
  const access = await serveAccess(accessBus)
  const files = { byVersion: new Map<string, Buffer>(), reads: 0 }
  await connectorsBus.serve(readFileOnly, {
    readFile: async ({ contentVersion, offset }) => {
      files.reads += 1
      const bytes = files.byVersion.get(contentVersion)
      if (!bytes) return fail(connectorsFaults.fault('not-found', 'No such file.'))
      return ok({ bytes: bytes.subarray(offset, offset + 100_000).toString('base64') })
    },
  })
  const models = {
    down: false,
    refuses: '',
    sent: [] as string[],
    /** Of each call. */
    asked: [] as string[],
    callsLeft: Number.POSITIVE_INFINITY,
    dimensions: 26,
    /** What happens while a model reranks. */
    meanwhile: async () => {},
  }
  const reranked: { texts: string[]; decisionIds: string[] }[] = []
  await modelsBus.serve(embedAndRerank, {
    rerank: async ({ texts, decisionIds }) => {
      if (models.down) return fail(modelsFaults.fault('provider-unreachable', 'Switched off by the test.'))
      reranked.push({ texts, decisionIds })
      await models.meanwhile()
      return ok({ scores: texts.map((text) => -text.length) })
    },
    embed: async ({ model, texts }) => {
      models.asked.push(model)
      if (models.down || models.callsLeft-- <= 0)
        return fail(modelsFaults.fault('provider-unreachable', 'Switched off by the test.'))
      if (models.refuses !== '' && texts.some((text) => text.includes(models.refuses)))
        return fail(modelsFaults.fault('request-refused', 'Not this text.'))
      models.sent.push(...texts)
      return ok({
        vectors: texts.map((text) => letters(text, models.dimensions)),
        dimensions: models.dimensions,
        ...{ model: 'letters/of-the-alphabet', route: '', notes: [] },
        usage: { inputTokens: 1, outputTokens: 0, estimated: true },
      })
    },
  })
  const stops: (() => Promise<unknown>)[] = []
  const indexes: RetrievalDeps['index'][] = []
  /** One more of it, which may be configured otherwise. Returns what stops it. */
  const startReplica = async (options: Replica = {}) => {
    const bus = network.join('retrieval')
    const own = createDatabase<RetrievalTables>({ url: postgres.url, schema })
    const used = index ?? createElasticsearchIndex({ url: elasticProxy.url, prefix: elastic.prefix })
    indexes.push(used)
    const service = await createRetrieval({
      bus,
      db: own,
      index: between(used),
      passageIdKey: 'k'.repeat(32),
      embeddingModel,
      rerankModel,
      embeddingClearedLabels,
      logger,
      ...options,
    })
    let stopped: Promise<unknown> | undefined
    const stop = () =>
      (stopped ??= (async () => {
        await service.close()
        await bus.close()
        await own.destroy()
        if (!index) await used.close()
      })())
    stops.push(stop)
    return stop
  }
  for (let replica = 0; replica < replicas; replica++) await startReplica()
  t.after(async () => {
    elasticProxy.restore()
    postgres.restore()
    for (const stop of stops) await stop()
    for (const bus of [gatewayBus, connectorsBus, modelsBus, accessBus]) await bus.close()
    await db.destroy()
  })
  const { workspaceId } = access
  const dataSourceId = newId('src')
  const callOf = (subject: string, actors: string[] = [], timeoutMs = 15_000) =>
    gatewayBus.callFor({ workspaceId, subject, actors, scopes: [] }, { timeoutMs })
  const asSource = (source = dataSourceId, timeoutMs = 15_000) =>
    connectorsBus.callFor({ workspaceId, subject: `connector:${source}`, actors: [], scopes: [] }, { timeoutMs })
  const retrieval = gatewayBus.connectTo(retrievalContract)
  const content = connectorsBus.connectTo(retrievalContract)

  /** Writes facts, then content, as a connector does; `indexed` waits until it can be found. */
  const put = async (
    text: string,
    {
      allow = ['user:ana'],
      labels = [],
      documentId = newId('doc'),
      indexed = true,
      mediaType = 'text/markdown',
      ...more
    }: PutOptions = {},
  ) => {
    const contentVersion = newId('ver')
    const accessRevision = await access.put(documentId, { dataSourceId, contentVersion, allow, labels })
    const document = {
      documentId,
      dataSourceId,
      contentVersion,
      mediaType,
      text,
      accessRevision,
      externalId: `${documentId}.md`,
      ...more,
    }
    const stored = await content.putDocument(document, asSource())
    assert.ok(stored.ok, JSON.stringify(stored))
    if (indexed) {
      const awaited = await content.awaitIndexed({ documents: [{ documentId, contentVersion }] }, asSource())
      assert.deepEqual(awaited, ok({ indexed: true }))
    }
    return { ...document, ...stored.value }
  }
  /** The texts that somebody finds, best first. */
  const found = async (
    subject: string,
    query: string,
    more: { atLeast?: number; limit?: number; actors?: string[]; audience?: string[] } = {},
  ) => {
    const { actors, ...input } = more
    const answer = await retrieval.search({ query, ...input }, callOf(subject, actors))
    assert.ok(answer.ok, JSON.stringify(answer))
    return answer.value.passages.map((passage) => passage.text)
  }
  /** The names of all indexes that the workspace has. */
  const indexNames = async () => {
    const answer = await fetch(`${elastic.url}/${elastic.prefix}-${workspaceId}*`)
    return Object.keys((await answer.json()) as object)
  }
  /** Takes them away behind our back. */
  const loseIndex = async () => {
    for (const name of await indexNames()) {
      const deleted = await fetch(`${elastic.url}/${name}`, { method: 'DELETE' })
      assert.equal(deleted.status, 200)
    }
  }
  return {
    startReplica,
    indexNames,
    loseIndex,
    access,
    models,
    reranked,
    files,
    db,
    dataSourceId,
    workspaceId,
    retrieval,
    content,
    callOf,
    asSource,
    put,
    found,
    elasticProxy,
    postgres,
    elastic,
    network,
    indexes,
    stops,
  }
}

const readFileOnly = { ...connectorsContract, operations: { readFile: connectorsContract.operations.readFile } }
const embedAndRerank = {
  ...modelsContract,
  operations: { embed: modelsContract.operations.embed, rerank: modelsContract.operations.rerank },
}

/** How often each letter occurs: near texts have near vectors, and everybody can tell why. */
function letters(text: string, dimensions: number): string {
  const bytes = Buffer.alloc(dimensions * 4)
  const lower = text.toLowerCase()
  for (let at = 0; at < dimensions; at++)
    bytes.writeFloatLE(lower.split(String.fromCodePoint(97 + at)).length - 1, at * 4)
  return bytes.toString('base64')
}

async function proxied(t: TestContext, address: string) {
  const url = new URL(address)
  const proxy = await tcpProxy(t, { host: url.hostname, port: Number(url.port) })
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  return { ...proxy, url: url.href.replace(/\/$/, '') }
}
