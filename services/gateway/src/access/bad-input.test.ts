import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import { fail } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { problemIn, startGateway } from '../../test/start-gateway.ts'

const documentId = newId('doc')
const question = { reader: 'user:usr_1', documentId }
const labels = { title: 'a', requires: [], below: 'redacted', hidesTitle: false }
const layer = { deny: [], gates: [], denyAgents: [], labels: [] }

test('a body that breaks a rule is 400 and names the field; nothing reaches a service', async (t) => {
  const { ask, token } = await startGateway(t)
  const bearer = await token()
  const cases: [string, string, unknown, string][] = [
    ['POST', '/v1/access/check', { questions: Array.from({ length: 1001 }, () => question) }, '/questions'],
    ['POST', '/v1/access/check', { questions: [] }, '/questions'],
    ['POST', '/v1/access/check', { questions: [{ ...question, reader: 'ana' }] }, '/questions/0/reader'],
    ['POST', '/v1/access/check', { questions: [{ ...question, documentId: 'a' }] }, '/questions/0/documentId'],
    ['POST', '/v1/access/check', { questions: [{ ...question, explain: true }] }, '/questions/0/explain'],
    ['POST', '/v1/access/check', { questions: [question], atLeast: 3 }, '/atLeast'],
    ['POST', '/v1/access/explain', { question, atRevision: 3 }, '/atRevision'],
    ['POST', '/v1/access/explain', { question, atTime: 'yesterday' }, '/atTime'],
    ['POST', '/v1/access/readers', {}, '/documentId'],
    ['POST', '/v1/access/readers', { documentId, limit: 0 }, '/limit'],
    ['POST', '/v1/access/documents', { reader: 'user:usr_1', actors: Array(17).fill('agent:agt_1') }, '/actors'],
    ['POST', '/v1/access/simulate', { changes: [] }, '/changes'],
    ['PUT', '/v1/labels/salary', { ...labels, below: 'hidden' }, '/below'],
    ['PUT', '/v1/labels/salary', { ...labels, label: 'other' }, '/label'],
    ['PUT', '/v1/labels/salary', { ...labels, requires: ['HR'] }, '/requires/0'],
    ['PUT', '/v1/clearances/user:usr_1', { clearances: 'hr' }, '/clearances'],
    ['PUT', `/v1/documents/${documentId}/access`, { ...layer, allow: ['public'] }, '/allow'],
    ['PUT', `/v1/documents/${documentId}/access`, { ...layer, deny: ['everybody'] }, '/deny/0'],
    ['POST', '/v1/redaction-rules', { title: 'a', pattern: '', label: 'a', kind: 'a' }, '/pattern'],
    ['POST', '/v1/redaction-rules', { title: 'a', pattern: 'a', label: 'a', kind: 'a', id: newId('rul') }, '/id'],
    ['POST', '/v1/redaction-rules', { title: 'a', detector: 'name', label: 'a', kind: 'a' }, '/detector'],
    ['POST', '/v1/policies', { title: 'a', text: 'a'.repeat(65_537) }, '/text'],
    ['POST', '/v1/policies', { title: 'a', text: 'a', state: 'published' }, '/state'],
    ['PATCH', '/v1/workspace', { twoAdmins: 'no' }, '/twoAdmins'],
    ['POST', '/v1/workspace/resume', { seenRevision: 5 }, '/seenRevision'],
    ['POST', '/v1/workspace/resume', { seenRevision: '5' }, '/seenRevision'],
    ['POST', `/v1/approvals/${newId('prp')}/approve`, {}, '/hash'],
    ['POST', '/v1/break-glass', { reason: 'too short', minutes: 10 }, '/reason'],
    ['POST', '/v1/break-glass', { reason: 'A long enough reason', minutes: 241 }, '/minutes'],
    ['PUT', '/v1/service-accounts/service:svc_1/acting', { clientId: '', scope: { kind: 'everything' } }, '/clientId'],
    ['POST', `/v1/keys/${newId('key')}/rotate`, { overlapMs: -1 }, '/overlapMs'],
    ['PUT', '/v1/passages/psg_0123456789abcdef/digest', { text: '' }, '/text'],
    ['POST', '/v1/passages/psg_0123456789abcdef/digest/approve', {}, '/hash'],
  ]
  for (const [method, path, body, field] of cases) {
    const response = await ask(method, path, { token: bearer, body })
    assert.equal(response.status, 400, `${method} ${path}`)
    const { errors = [] } = await problemIn(response)
    assert.ok(
      errors.some((error) => error.field === field),
      `${method} ${path}: ${field} is named in ${JSON.stringify(errors)}`,
    )
  }
})

test('a query that breaks a rule is 400, an address that can name nothing is 404', async (t) => {
  const { ask, token } = await startGateway(t)
  const bearer = await token()
  for (const [path, field] of [
    ['/v1/audit/decisions?from=yesterday', 'from'],
    ['/v1/audit/decisions?limit=1000', 'limit'],
    ['/v1/audit/export?fromSequence=0', 'fromSequence'],
    ['/v1/approvals?state=open', 'state'],
    ['/v1/clearances?principal=ana', 'principal'],
    [`/v1/documents/${documentId}/access?at=41`, 'at'],
    [`/v1/documents/${documentId}/access?atTime=now`, 'atTime'],
  ] as const) {
    const response = await ask('GET', path, { token: bearer })
    assert.equal(response.status, 400, path)
    assert.deepEqual(
      (await problemIn(response)).errors?.map((error) => error.field),
      [field],
      path,
    )
  }
  for (const path of ['/v1/labels/Not%20a%20label', '/v1/break-glass/nonsense', '/v1/users/ana'])
    assert.equal((await ask('DELETE', path, { token: bearer })).status, 404, path)
})

test('a moment of the future is 400 and names the field that it came in', async (t) => {
  const { ask, token } = await startGateway(t, {
    access: {
      explain: async () => fail(accessFaults.fault('future-revision', 'Not yet.')),
    },
  })
  const bearer = await token()
  const at = (await ask('GET', '/v1/me', { token: bearer })).headers.get('tessera-revision')
  const future = await ask('POST', '/v1/access/explain', { token: bearer, body: { question, at } })
  assert.equal(future.status, 400)
  assert.equal((await problemIn(future)).errors?.[0]?.field, 'at')
})

test('a change that waits for a second admin is 403 and says under which id; a stopped workspace is 503', async (t) => {
  const proposalId = newId('prp')
  const { ask, token } = await startGateway(t, {
    access: {
      putLabel: async () => fail(accessFaults.fault('approval-required', 'Another admin.', { meta: { proposalId } })),
      listLabels: async () => fail(accessFaults.fault('stopped', 'Restored.')),
    },
  })
  const bearer = await token()
  const waiting = await ask('PUT', '/v1/labels/salary', { token: bearer, body: labels })
  assert.equal(waiting.status, 403)
  const problem = await problemIn(waiting)
  assert.deepEqual([problem.code, problem.meta], ['access.approval-required', { proposalId }])
  const stopped = await ask('GET', '/v1/labels', { token: bearer })
  assert.deepEqual([stopped.status, (await problemIn(stopped)).code], [503, 'access.stopped'])
})
