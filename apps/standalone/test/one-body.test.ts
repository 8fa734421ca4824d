import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { putDocument } from '@tessera/testkit/builders'
import { createApi } from '../src/api.ts'
import { type MatrixWorld, matrixWorld } from './route-matrix.world.ts'

/** What differs from answer to answer whatever is asked, and so tells nothing. */
const always = ['decisionId', 'receipt', 'traceId', 'instance']
const headersOfEach = ['date', 'tessera-revision', 'content-length', 'x-request-id']

test('nobody learns from an answer what they may not know', async (t) => {
  const world = await matrixWorld(t)

  await t.test(
    'to who may not know, a forbidden document, a quarantined one, one of another workspace and none at all are the same',
    async () => {
      const documents = await hiddenDocuments(world)
      const member = world.people.member
      const asks: Record<string, (document: Hidden) => [string, string, unknown?]> = {
        check: ({ documentId }) => ['POST', '/v1/access/check', { questions: [{ reader: member, documentId }] }],
        'check of a passage': ({ documentId, passageId }) => [
          ...(['POST', '/v1/access/check'] as const),
          { questions: [{ reader: member, documentId, passageId }] },
        ],
        explain: ({ documentId }) => ['POST', '/v1/access/explain', { question: { reader: member, documentId } }],
        citation: ({ passageId }) => ['GET', `/v1/citations/${passageId}`],
        digests: ({ passageId }) => ['GET', `/v1/passages/${passageId}/digest`],
        document: ({ dataSourceId, externalId }) => ['GET', `/v1/data-sources/${dataSourceId}/documents/${externalId}`],
        'the facts of a document': ({ documentId }) => ['GET', `/v1/documents/${documentId}/access`],
        readers: ({ documentId }) => ['POST', '/v1/access/readers', { documentId }],
      }
      for (const [name, askOf] of Object.entries(asks)) {
        const seen = new Map<string, string>()
        for (const [kind, document] of Object.entries(documents))
          seen.set(kind, await answerTo(world, ...askOf(document)))
        assert.deepEqual([...new Set(seen.values())], [seen.get('missing')], name)
      }
    },
  )

  await t.test('who is neither admin nor auditor learns nothing about others', async () => {
    const { documentId, people } = world
    const about = (reader: string) =>
      answerTo(world, 'POST', '/v1/access/check', { questions: [{ reader, documentId }] })
    const answers = [await about(people.reader), await about(people.builder), await about('user:usr_nobody')]
    assert.equal(new Set(answers).size, 1, 'whether they read it or not, and whether they exist')
    assert.notEqual(answers[0], await about(people.member), 'about oneself one learns it')
  })
})

type Hidden = { documentId: string; passageId: string; dataSourceId: string; externalId: string }

async function hiddenDocuments(world: MatrixWorld): Promise<Record<string, Hidden>> {
  const { source, people, url, credentials } = world
  const text = '# Plan\n\nThe harbour office moves in spring.'
  const reader = await world.as('reader')
  const passageOf = async (documentId: string) => {
    const found = await reader.send<{ passages: { passageId: string; documentId: string }[] }>('POST', '/v1/search', {
      query: 'harbour office',
    })
    return found.passages.find((passage) => passage.documentId === documentId)?.passageId ?? ''
  }
  const put = async (externalId: string) => {
    const { documentId } = await putDocument(world, source, externalId, text, { allow: [people.reader] })
    return { documentId, passageId: await passageOf(documentId), dataSourceId: source.id, externalId }
  }
  const forbidden = await put('forbidden.md')
  const quarantined = await put('quarantined.md')
  // As its source would say that it can't tell who reads it; its list would let the member in.
  await importLine(world, {
    ...{ type: 'document', documentId: quarantined.documentId, dataSourceId: source.id, contentVersion: newId('ver') },
    ...{ allow: [people.member], deny: [], gates: [], denyAgents: [], state: 'quarantined' },
  })
  const stranger = { issuer: '', admin: createApi(url, credentials.foreign ?? '') }
  const { space } = await stranger.admin.send<{ space: { name: string } }>('POST', '/v1/spaces', { title: 'Theirs' })
  const { dataSource } = await stranger.admin.send<{ dataSource: { id: string } }>('POST', '/v1/data-sources', {
    ...{ title: 'Theirs', space: space.name },
  })
  const theirs = await putDocument(stranger, { id: dataSource.id, space: space.name }, 'a.md', text, {
    allow: ['workspace:members'],
  })
  return {
    missing: {
      documentId: newId('doc'),
      passageId: 'psg_0123456789abcdef',
      dataSourceId: source.id,
      externalId: 'no.md',
    },
    forbidden,
    quarantined,
    foreign: {
      ...{ documentId: theirs.documentId, passageId: 'psg_fedcba9876543210' },
      ...{ dataSourceId: dataSource.id, externalId: 'a.md' },
    },
  }
}

async function importLine({ url, credentials }: MatrixWorld, line: unknown): Promise<void> {
  const response = await fetch(`${url}/v1/access/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credentials.admin}`, 'content-type': 'application/x-ndjson' },
    body: JSON.stringify(line),
  })
  const report = (await response.json()) as { errors: unknown[] }
  assert.deepEqual([response.status, report.errors], [200, []])
}

/** Status, headers and body of what the member gets, as one text. */
async function answerTo({ url, credentials }: MatrixWorld, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${credentials.member}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const headers = [...response.headers].filter(([name]) => !headersOfEach.includes(name))
  const said = Object.entries((await response.json()) as object).filter(([name]) => !always.includes(name))
  return JSON.stringify([response.status, headers, said])
}
