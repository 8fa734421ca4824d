import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from '../../test/content.ts'
import { startAccessControl, value } from '../../test/start-access-control.ts'

test('which of the names asked about cover the caller is told at the moment of the question, at any depth', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const { aUser, aGroup } = contentOf(access, workspace)
  const [ana, ben] = [await aUser(), await aUser()]
  const inner = await aGroup(ana)
  const outer = await aGroup(inner)
  const other = await aGroup(ben)
  const names = [outer, other, ben, 'workspace:members', 'group:grp_unknown']
  const coveringAna = async () => {
    const asked = value(await access.models.checkModels({ decisionIds: [], models: [], names }, workspace.as(ana)))
    return (asked.covering ?? []).toSorted()
  }
  assert.deepEqual(await coveringAna(), [outer, 'workspace:members'].toSorted())
  value(await access.gateway.removeMembership({ container: inner, member: ana }, workspace.asAdmin()))
  assert.deepEqual(await coveringAna(), ['workspace:members'])
  value(await access.gateway.addMembership({ container: other, member: ana }, workspace.asAdmin()))
  assert.deepEqual(await coveringAna(), [other, 'workspace:members'].toSorted())
})

test('a change at another service is a row in the log, with a salted hash of what was asked, and raises the revision', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const before = value(await access.gateway.getMe({}, workspace.asAdmin())).revision
  const change = { operation: 'models.putRoute', input: { name: 'fast' } }
  const { revision } = value(await access.models.logChange(change, workspace.asAdmin()))
  assert.equal(revision, before + 1)
  const { items } = value(await access.gateway.listDecisions({ kind: 'change', limit: 1 }, workspace.asAdmin()))
  const body = items[0]?.body as { operation: string; inputHash: string }
  assert.equal(body.operation, 'models.putRoute')
  assert.match(body.inputHash, /^[0-9a-f]{64}$/)
})

test('labels that a text carried when it was given out count, whatever its passage and document carry now', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const { aUser, aLabel, aSpace, aDataSource, write, putPassages } = contentOf(access, workspace)
  const ana = await aUser()
  value(await access.gateway.setClearances({ principal: ana, clearances: ['hr'] }, workspace.asAdmin()))
  const source = await aDataSource(await aSpace(ana))
  for (const label of ['salary', 'board']) await aLabel(label, { below: 'redacted' })
  const old = await write(source, { allow: [ana], labels: ['board'] })
  const passageId = newId('psg')
  value(await putPassages(old, [{ passageId, sourceLabels: ['salary'] }]))
  const as = workspace.as(ana)
  const candidate = { ...old, passageId, view: 'full' as const, hash: 'h' }
  const found = await access.retrieval.checkPassages({ candidates: [candidate], operation: 'search' }, as)
  const entryOf = (view: 'full' | 'redacted', labels: string[]) => ({ ...old, passageId, view, labels })
  const opened = async (...entry: Parameters<typeof entryOf>) =>
    value(await access.agents.checkReadSets({ items: [{ id: 'answer', entries: [entryOf(...entry)] }] }, as))
  const labelsOf = async ({ decisionId }: { decisionId: string }) =>
    value(await access.models.checkModels({ decisionIds: [decisionId], models: [] }, as)).labels
  // What is masked for one label is not masked for another that came later.
  assert.deepEqual(await labelsOf(await opened('redacted', ['board', 'salary'])), [])
  assert.deepEqual(await labelsOf(await opened('redacted', ['board'])), ['salary'])

  const cleaned = await write(source, { allow: [ana] }, { documentId: old.documentId })
  value(await putPassages(cleaned, [{ passageId: newId('psg') }]))
  assert.deepEqual(await labelsOf(value(found)), ['board', 'salary'])
  const { openable, ...again } = await opened('full', ['board', 'salary'])
  assert.deepEqual(openable, ['answer'])
  assert.deepEqual(await labelsOf(again), ['board', 'salary'])
})
