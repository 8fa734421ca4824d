import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value, type Workspace } from '../../test/start-access-control.ts'

test('labels, clearances and rules', async (t) => {
  const access = await startAccessControl(t)
  const { gateway, retrieval, db } = access
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const source = await content.aDataSource(await content.aSpace('workspace:members'))
    return { workspace, ...content, source }
  }
  const revisions = ({ workspaceId }: Workspace) =>
    db
      .selectFrom('workspaces')
      .select(['revision', 'reader_revision', 'rule_version'])
      .where('id', '=', workspaceId)
      .executeTakeFirstOrThrow()

  await t.test(
    'a label hides what carries it from those who lack a clearance, and an undefined one from everybody',
    async () => {
      const { workspace, source, aUser, aGroup, aLabel, write, served, putPassages } = await start()
      const [ana, ben, eva] = [await aUser(), await aUser(), await aUser()]
      const group = await aGroup(await aGroup(ana))
      value(await gateway.setClearances({ principal: group, clearances: ['hr'] }, workspace.asAdmin()))
      value(await gateway.setClearances({ principal: ben, clearances: ['hr', 'legal'] }, workspace.asAdmin()))
      const document = await write(source, { allow: ['public'] })
      const [open, salary] = [newId('psg'), newId('psg')]
      value(await putPassages(document, [{ passageId: open }, { passageId: salary, detectorLabels: ['salary'] }]))
      const rows = [
        { ...document, passageId: open },
        { ...document, passageId: salary },
      ]
      const seenBy = async (reader: string) => (await served(reader, rows)).map(({ passageId }) => passageId)
      assert.deepEqual(await seenBy(ben), [open])
      await aLabel('salary', { requires: ['hr', 'legal'] })
      assert.deepEqual([await seenBy(ana), await seenBy(ben), await seenBy(eva)], [[open], [open, salary], [open]])
      await aLabel('salary', { requires: ['hr'] })
      assert.deepEqual(
        [await seenBy(ana), await seenBy(ben), await seenBy(eva)],
        [[open, salary], [open, salary], [open]],
      )
      value(await gateway.setClearances({ principal: ben, clearances: [] }, workspace.asAdmin()))
      assert.deepEqual(await seenBy(ben), [open])
      value(await gateway.deleteLabel({ label: 'salary' }, workspace.asAdmin()))
      assert.deepEqual(await seenBy(ana), [open])
    },
  )

  await t.test(
    'definitions and clearances are listed page by page; who is cleared is for admins and auditors',
    async () => {
      const { workspace, aUser, aLabel } = await start()
      const [ana, auditor] = [await aUser(), await aUser({ roles: ['auditor'] })]
      for (const label of ['b', 'a', 'c']) await aLabel(label, { below: 'redacted', hidesTitle: label === 'a' })
      const first = value(await gateway.listLabels({ limit: 2 }, workspace.as(ana)))
      const second = value(await gateway.listLabels({ limit: 2, cursor: first.nextCursor ?? '' }, workspace.as(ana)))
      assert.deepEqual(
        [...first.items, ...second.items].map(({ label, hidesTitle }) => [label, hidesTitle]),
        [
          ['a', true],
          ['b', false],
          ['c', false],
        ],
      )
      value(await gateway.setClearances({ principal: ana, clearances: ['hr', 'legal', 'hr'] }, workspace.asAdmin()))
      value(await gateway.setClearances({ principal: auditor, clearances: ['legal'] }, workspace.asAdmin()))
      const listed = value(await gateway.listClearances({ clearance: 'hr' }, workspace.as(auditor))).items
      assert.deepEqual(listed, [{ principal: ana, clearances: ['hr', 'legal'] }])
      assert.equal(value(await gateway.listClearances({ limit: 1 }, workspace.asAdmin())).items.length, 1)
      assert.equal(codeOf(await gateway.listClearances({}, workspace.as(ana))), 'access.forbidden')
    },
  )

  await t.test('only principals that people are, are in or act through hold clearances', async () => {
    const { workspace, source, aUser, aGroup, aSpace, connector } = await start()
    const groups = [{ nativeId: 'eng', kind: 'group' as const, title: '', people: [], groups: [] }]
    value(await access.connectors.putDirectory({ dataSourceId: source, groups }, connector(source)))
    const agent = `agent:${newId('agt')}`
    const grants = { run: [], read: [], edit: [], publish: [], administer: [] }
    const facts = { agent, active: true, scope: { kind: 'everything' as const }, grants }
    value(await access.agents.putAgent(facts, workspace.as('system:agents')))
    const set = (principal: string) => gateway.setClearances({ principal, clearances: ['hr'] }, workspace.asAdmin())
    for (const principal of [await aUser(), await aGroup(), `group:${source}:eng`, agent]) value(await set(principal))
    for (const principal of [await aSpace(), 'public', `container:${source}:top`, `identity:${source}:ana`]) {
      const refused = await set(principal)
      assert.deepEqual(
        [codeOf(refused), !refused.ok && refused.fault.errors?.[0]?.field],
        ['access.invalid', '/principal'],
      )
    }
    for (const principal of [`user:${newId('usr')}`, `agent:${newId('agt')}`, `group:${source}:other`]) {
      assert.equal(codeOf(await set(principal)), 'access.not-found')
    }
    assert.equal(
      codeOf(await gateway.setClearances({ principal: agent, clearances: [] }, workspace.as(await aUser()))),
      'access.forbidden',
    )
    // A group that its source deleted and made again is another group.
    value(await access.connectors.putDirectory({ dataSourceId: source, groups: [] }, connector(source)))
    value(await access.connectors.putDirectory({ dataSourceId: source, groups }, connector(source)))
    const { items } = value(await gateway.listClearances({ principal: `group:${source}:eng` }, workspace.asAdmin()))
    assert.deepEqual(items, [])
  })

  await t.test('an effect that there is not changes nothing, and is named', async () => {
    const { workspace } = await start()
    const before = await revisions(workspace)
    const label = { label: 'salary', title: 'Salary', requires: [], below: 'blurred', hidesTitle: false }
    const refused = await gateway.putLabel(label as never, workspace.asAdmin())
    assert.ok(!refused.ok)
    assert.ok(refused.fault.errors?.some(({ field }) => field === '/below'))
    assert.deepEqual(await revisions(workspace), before)
  })

  await t.test(
    'filters are made anew after a change of clearances and definitions, not after one of documents',
    async () => {
      const { workspace, source, aUser, aLabel, write } = await start()
      const ana = await aUser()
      const document = await write(source, { allow: ['public'] })
      const raisesReaders = async (change: () => Promise<unknown>) => {
        await change()
        const { revision, reader_revision } = await revisions(workspace)
        return revision === reader_revision
      }
      assert.equal(await raisesReaders(() => write(source, { allow: [ana] }, document)), false)
      assert.equal(await raisesReaders(() => aLabel('salary')), true)
      assert.equal(await raisesReaders(() => write(source, { allow: ['public'] }, document)), false)
      const set = { principal: ana, clearances: ['hr'] }
      assert.equal(await raisesReaders(() => gateway.setClearances(set, workspace.asAdmin())), true)
      // The first document with this label has a new signature, the second doesn't.
      assert.equal(await raisesReaders(() => write(source, { allow: ['public'], labels: ['salary'] }, document)), true)
      assert.equal(await raisesReaders(() => write(source, { allow: [ana], labels: ['salary'] })), false)
      const { revision } = await revisions(workspace)
      await aLabel('salary')
      value(await gateway.setClearances(set, workspace.asAdmin()))
      assert.equal((await revisions(workspace)).revision, revision)
    },
  )

  await t.test(
    'what a definition changes for the index makes the documents that carry the label appear, and no other',
    async () => {
      const { workspace, source, aLabel, write, putPassages } = await start()
      await aLabel('salary')
      const [labelled, inPassage] = [
        await write(source, { allow: ['public'], labels: ['salary'] }),
        await write(source, { allow: ['public'] }),
      ]
      await write(source, { allow: ['public'], labels: ['other'] })
      value(await putPassages(inPassage, [{ passageId: newId('psg'), sourceLabels: ['salary'] }]))
      const changed = async (change: () => Promise<unknown>) => {
        const { revision } = await revisions(workspace)
        await change()
        const ask = { afterRevision: revision, limit: 100 }
        const answer = value(await retrieval.changedDocuments(ask, workspace.as('system:retrieval')))
        return answer.documents.map(({ documentId }) => documentId)
      }
      const both = [labelled.documentId, inPassage.documentId].toSorted()
      assert.deepEqual(await changed(() => aLabel('salary', { hidesTitle: true })), both)
      assert.deepEqual(await changed(() => aLabel('salary', { hidesTitle: true, below: 'redacted' })), both)
      assert.deepEqual(await changed(() => aLabel('salary', { hidesTitle: true, below: 'redacted', requires: [] })), [])
      assert.deepEqual(await changed(() => gateway.deleteLabel({ label: 'salary' }, workspace.asAdmin())), both)
    },
  )

  await t.test(
    'a rule is a pattern of linear time that matches something; each change of the rules has a version',
    async () => {
      const { workspace, aUser } = await start()
      const rule = { title: 'Salaries', pattern: '\\d+ EUR', label: 'salary', kind: 'salary' }
      for (const pattern of ['(', '(a)\\1', '(?=a)b', 'a*', '']) {
        const refused = await gateway.createRedactionRule({ ...rule, pattern }, workspace.asAdmin())
        assert.ok(!refused.ok)
        assert.equal(refused.fault.errors?.[0]?.field, '/pattern')
      }
      const { pattern: _, ...withoutPattern } = rule
      for (const input of [{ ...rule, detector: 'iban' as const }, withoutPattern]) {
        const refused = await gateway.createRedactionRule(input, workspace.asAdmin())
        assert.ok(!refused.ok)
        assert.deepEqual(
          refused.fault.errors?.map(({ field }) => field),
          ['/pattern', '/detector'],
        )
      }
      const made = value(await gateway.createRedactionRule(rule, workspace.asAdmin())).rule
      const asRetrieval = workspace.as('system:retrieval')
      const rules = async () => value(await retrieval.redactionRules({}, asRetrieval))
      assert.partialDeepStrictEqual(await rules(), { rules: [{ ...rule, id: made.id }], ruleVersion: 1 })
      value(await gateway.deleteRedactionRule({ id: made.id }, workspace.asAdmin()))
      assert.partialDeepStrictEqual(await rules(), { rules: [], ruleVersion: 2 })
      const byForm = { title: 'Accounts', detector: 'iban' as const, label: 'bank', kind: 'iban' }
      const { id } = value(await gateway.createRedactionRule(byForm, workspace.asAdmin())).rule
      assert.deepEqual((await rules()).rules, [{ ...byForm, id }])
      assert.deepEqual(value(await gateway.listRedactionRules({}, workspace.asAdmin())).items, [{ ...byForm, id }])
      assert.equal(codeOf(await gateway.deleteRedactionRule({ id: made.id }, workspace.asAdmin())), 'access.not-found')
      assert.equal(codeOf(await gateway.listRedactionRules({}, workspace.as(await aUser()))), 'access.forbidden')
      assert.equal(codeOf(await retrieval.redactionRules({}, workspace.asAdmin())), 'access.forbidden')
    },
  )
})
