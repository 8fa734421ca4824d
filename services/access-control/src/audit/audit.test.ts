import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'
import { readSigningKey } from '../log/keys.ts'
import { verifyLog } from '../log/verify/verify.ts'

test('the decision log, as auditors read it', async (t) => {
  const access = await startAccessControl(t)
  const { gateway } = access
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const [ana, auditor] = [await content.aUser(), await content.aUser({ roles: ['auditor'] })]
    const source = await content.aDataSource(await content.aSpace(ana))
    const document = await content.write(source, { allow: [ana] })
    await content.readable(ana, [document])
    return { workspace, ana, auditor, document, as: workspace.as }
  }
  const exported = async (call: Parameters<typeof gateway.exportLog>[1], range = {}) => {
    let lines = ''
    for await (const part of gateway.exportLog(range, call)) lines += value(part).lines
    return lines
  }

  await t.test('says who asked about which document, with names resolved, and the look is a row as well', async () => {
    const { ana, auditor, document, as } = await start()
    const listed = value(await gateway.listDecisions({ documentId: document.documentId }, as(auditor)))
    assert.deepEqual(
      listed.items.map(({ kind }) => kind),
      ['passages'],
    )
    assert.deepEqual(new Set(Object.values(listed.names)), new Set([ana, document.documentId]))
    assert.doesNotMatch(JSON.stringify(listed.items), new RegExp(`${ana}|${document.documentId}`))
    const [look] = value(await gateway.listDecisions({ limit: 1 }, as(auditor))).items
    assert.partialDeepStrictEqual(look, { kind: 'audit', body: { operation: 'listDecisions', details: { items: 1 } } })
  })

  await t.test('pages without a gap or a repetition, newest first', async () => {
    const { as, auditor } = await start()
    const sequences: number[] = []
    let cursor: string | undefined
    do {
      const page = value(await gateway.listDecisions({ limit: 3, ...(cursor ? { cursor } : {}) }, as(auditor)))
      sequences.push(...page.items.map(({ sequence }) => sequence))
      cursor = page.nextCursor
    } while (cursor)
    assert.deepEqual(
      sequences,
      sequences.map((_, index) => (sequences[0] ?? 0) - index),
    )
    assert.equal(sequences.at(-1), 1)
  })

  await t.test('is exported whole, with a checkpoint at its end, and verifies with the pinned key alone', async () => {
    const { as, auditor } = await start()
    const lines = await exported(as(auditor))
    const { publicKey } = readSigningKey(access.audit.signingKey)
    const verified = (text: string) => verifyLog({ lines: () => text.trimEnd().split('\n'), publicKey })
    assert.deepEqual((await verified(lines)).findings, [])
    const { items } = value(await gateway.listCheckpoints({}, as(auditor)))
    assert.ok(items.length > 0)
    const tampered = lines.replace('"search"', '"nothing"')
    assert.notEqual(tampered, lines)
    assert.ok((await verified(tampered)).findings.length > 0)
  })

  await t.test('is for admins and auditors', async () => {
    const { as, ana, workspace } = await start()
    assert.equal(codeOf(await gateway.listDecisions({}, as(ana))), 'access.forbidden')
    assert.equal(codeOf(await gateway.listCheckpoints({}, as(ana))), 'access.forbidden')
    for await (const part of gateway.exportLog({}, as(ana))) assert.equal(codeOf(part), 'access.forbidden')
    value(await gateway.listDecisions({}, workspace.asAdmin()))
    const elsewhere = await access.aWorkspace()
    const foreign = value(await gateway.listDecisions({}, elsewhere.asAdmin()))
    assert.ok(foreign.items.every(({ kind }) => kind !== 'passages'))
  })
})
