import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { aDocument, startLog } from '../../test/start-log.ts'
import { eraseAlias } from './erase-alias.ts'
import { exportLog } from './export-log.ts'
import { listCheckpoints, listRows, type RowFilter } from './list-rows.ts'
import { resolveAliases } from './resolve-aliases.ts'
import { documentsOf } from './row.ts'
import { verifyLog } from './verify/verify.ts'
import { createLogWriter } from './writer.ts'

type Log = Awaited<ReturnType<typeof startLog>>

/** A document that access control knows, as far as the log looks at it. */
async function aKnownDocument({ db, workspaceId }: Log): Promise<string> {
  const documentId = newId('doc')
  const row = { workspace_id: workspaceId, document_id: documentId, data_source_id: newId('src'), index_rev: 1 }
  await db
    .insertInto('documents')
    .values({ ...row, deleted_rev: null, signature: 's' })
    .execute()
  return documentId
}

for (const adapter of ['postgres', 'pglite'] as const) {
  test(`rows are found by who, what, when and which, page by page in both directions (${adapter})`, async (t) => {
    const started = await startLog(t, adapter)
    const { db, workspaceId, entry } = started
    let nowMs = Date.parse('2026-11-23T12:00:00.000Z')
    const log = createLogWriter({ db, clock: { nowMs: () => (nowMs += 60_000) } })
    const [known, unknown] = [await aKnownDocument(started), newId('doc')]
    const ids: string[] = []
    const append = async (fields: Parameters<typeof entry>[0]) => ids.push((await log.append(entry(fields))).decisionId)
    await append({ subject: 'user:ana', documents: [aDocument(known), aDocument()], revision: 1 })
    await append({ subject: 'user:ben', documents: [aDocument(known)], revision: 2 })
    await append({ subject: 'user:ana', documents: [aDocument(unknown)], revision: 3 })
    await append({ subject: 'user:ana', kind: 'audit', operation: 'listDecisions', revision: 3 })

    const list = async (filter: RowFilter, newestFirst = false) => {
      const found: string[] = []
      let after: number | undefined
      do {
        const { rows, next } = await listRows(db, workspaceId, filter, { after, limit: 2, newestFirst })
        found.push(...rows.map(({ id }) => id))
        after = next
      } while (after !== undefined)
      return found.map((id) => ids.indexOf(id) + 1)
    }
    assert.deepEqual(await list({}), [1, 2, 3, 4])
    assert.deepEqual(await list({}, true), [4, 3, 2, 1])
    assert.deepEqual(await list({ subject: 'user:ana' }), [1, 3, 4])
    assert.deepEqual(await list({ subject: 'user:nobody' }), [])
    assert.deepEqual(await list({ document: known }), [1, 2])
    assert.deepEqual(await list({ document: unknown }), [3])
    assert.deepEqual(await list({ kinds: ['audit', 'change'] }), [4])
    assert.deepEqual(await list({ decisionId: ids[1] }), [2])
    assert.deepEqual(await list({ fromRevision: 2, toRevision: 2 }), [2])
    const [{ at: second } = { at: '' }] = (await listRows(db, workspaceId, {}, { after: 1, limit: 1 })).rows
    assert.deepEqual([await list({ from: second }), await list({ to: second })], [[2, 3, 4], [1]])
    assert.deepEqual(await list({ subject: 'user:ana', document: known, from: second }), [])
    const [alias] = (await listRows(db, workspaceId, {}, { limit: 1 })).rows.map(({ body }) => body.subject)
    assert.deepEqual(await list({ subject: alias }), [1, 3, 4])
    assert.deepEqual((await listRows(db, newId('wsp'), {}, { limit: 5 })).rows, [])
  })

  test(`aliases stand for somebody until they are erased, and the chain still verifies (${adapter})`, async (t) => {
    const started = await startLog(t, adapter)
    const { db, workspaceId, log, entry } = started
    const documentId = await aKnownDocument(started)
    await log.append(entry({ subject: 'user:ana', actors: ['agent:helper'], documents: [aDocument(documentId)] }))
    const [row] = (await listRows(db, workspaceId, {}, { limit: 1 })).rows
    assert.ok(row)
    const document = documentsOf(row.body)[0]?.document ?? ''
    const aliases = [row.body.subject, ...row.body.actors, document, 'no alias', '0'.repeat(28)]
    const resolve = async () => [...(await resolveAliases(db, workspaceId, aliases)).values()]
    const [ana, helper] = [
      { kind: 'name', name: 'user:ana' },
      { kind: 'name', name: 'agent:helper' },
    ]
    const all = await resolve()
    assert.deepEqual(new Set(all), new Set([ana, helper, { kind: 'document', documentId }]))
    assert.equal((await resolveAliases(db, newId('wsp'), aliases)).size, 0)

    assert.ok(await eraseAlias(db, workspaceId, { name: 'user:ana' }))
    assert.ok(await eraseAlias(db, workspaceId, { documentId }))
    assert.ok(!(await eraseAlias(db, workspaceId, { name: 'user:ana' })))
    assert.deepEqual(await resolve(), [helper])
    assert.deepEqual((await listRows(db, workspaceId, { subject: 'user:ana' }, { limit: 1 })).rows, [])
    await createLogWriter({ db }).append(entry({ subject: 'user:ana', documents: [aDocument(documentId)] }))
    const again = (await listRows(db, workspaceId, { subject: 'user:ana' }, { limit: 1 })).rows[0]
    assert.ok(again && again.body.subject !== row.body.subject && documentsOf(again.body)[0]?.document !== document)

    await (await started.startWith()).close()
    const text = await started.exportText()
    const { findings } = await verifyLog({ lines: () => text.split('\n'), publicKey: started.key.publicKey })
    assert.deepEqual(findings, [])
  })
}

test('a mapping that somebody bent to another name resolves nothing', async (t) => {
  const { db, workspaceId, log, entry } = await startLog(t)
  await log.append(entry({ subject: 'user:ana', actors: [] }))
  await db.updateTable('log_aliases').set({ name: 'user:ben' }).execute()
  const [row] = (await listRows(db, workspaceId, {}, { limit: 1 })).rows
  assert.equal((await resolveAliases(db, workspaceId, [row?.body.subject ?? ''])).size, 0)
})

test('an export is OCSF in chunks of whole lines, each checkpoint after the last row that it covers', async (t) => {
  const started = await startLog(t)
  const { db, workspaceId, log, entry } = started
  const checkpointer = await started.startWith()
  await Promise.all(Array.from({ length: 700 }, () => log.append(entry())))
  await checkpointer.write(workspaceId)
  await log.append(entry({ kind: 'key', operation: 'createKey', documents: [] }))
  const chunks = await Array.fromAsync(exportLog(db, workspaceId))
  assert.equal(chunks.length, 2)
  assert.ok(chunks.every((chunk) => chunk.endsWith('\n')))
  type Event = Record<string, unknown> & { metadata: { event_code: string; sequence: number } }
  const events = chunks
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  assert.deepEqual(
    events.map(({ metadata }) => metadata.sequence),
    [...Array.from({ length: 700 }, (_, index) => index + 1), 700, 701],
  )
  assert.deepEqual(
    events.slice(-3).map(({ metadata }) => metadata.event_code),
    ['passages', 'checkpoint', 'key'],
  )
  for (const event of events) {
    const { class_uid, category_uid, activity_id, type_uid, time, severity_id, src_endpoint, actor, api } = event
    assert.deepEqual([class_uid, category_uid, severity_id], [6003, 6, 1])
    assert.equal(type_uid, 600_300 + Number(activity_id))
    assert.ok(typeof time === 'number' && src_endpoint && actor && api)
  }
  assert.deepEqual(
    [events[0], events.at(-2), events.at(-1)].map((event) => event?.['activity_id']),
    [2, 99, 1],
  )
  const listed = await listCheckpoints(db, workspaceId, { limit: 5 })
  assert.deepEqual(
    listed.checkpoints.map(({ sequence }) => sequence),
    [700],
  )
})
