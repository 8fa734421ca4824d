import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf, type Written } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

test('what passages carry', async (t) => {
  const access = await startAccessControl(t)
  const { gateway, retrieval, connectors } = access
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const space = await content.aSpace('workspace:members')
    const source = await content.aDataSource(space)
    const [ana, hana] = [await content.aUser(), await content.aUser()]
    value(await gateway.setClearances({ principal: hana, clearances: ['hr'] }, workspace.asAdmin()))
    await content.aLabel('salary')
    const document = await content.write(source, { allow: ['public'] })
    const next = (at: Written, lists = {}) =>
      content.write(source, { allow: ['public'], ...lists }, { documentId: at.documentId })
    const revision = async () => value(await gateway.getMe({}, workspace.asAdmin())).revision
    /** Which of these passages somebody without clearances is served. */
    const open = async (at: Written, passageIds: readonly string[], reader = ana) => {
      const rows = await content.served(
        reader,
        passageIds.map((passageId) => ({ ...at, passageId })),
      )
      return rows.map(({ passageId }) => passageId)
    }
    return { workspace, space, source, ana, hana, document, next, revision, open, ...content }
  }

  await t.test('marks and rules replace what they said before, and never what somebody said by hand', async () => {
    const { workspace, document, putPassages, putLayer, open, indexFacts, revision } = await start()
    const [one, two, three] = [newId('psg'), newId('psg'), newId('psg')]
    value(
      await putPassages(document, [
        { passageId: one, sourceLabels: ['a'] },
        { passageId: two, detectorLabels: ['salary'] },
        { passageId: three },
      ]),
    )
    value(await putLayer(document.documentId, { passages: [{ passageId: one, labels: ['salary'] }] }))
    assert.deepEqual(await open(document, [one, two, three]), [three])
    value(
      await putPassages(document, [
        { passageId: one },
        { passageId: two },
        { passageId: three, detectorLabels: ['b'] },
      ]),
    )
    const facts = await indexFacts(document.documentId)
    const carried = Object.fromEntries(facts.passages.map(({ passageId, labels }) => [passageId, labels]))
    assert.deepEqual(carried, { [one]: ['salary'], [three]: ['b'] })
    const before = await revision()
    value(
      await putPassages(document, [
        { passageId: one },
        { passageId: two },
        { passageId: three, detectorLabels: ['b'] },
      ]),
    )
    assert.equal(await revision(), before)
    value(await putPassages(document, [{ passageId: one }]))
    const told = value(await gateway.getDocumentAccess({ documentId: document.documentId }, workspace.asAdmin()))
    assert.deepEqual(
      told.layers.map(({ layer, passages }) => [layer, passages]),
      [
        ['source', []],
        ['workspace', [{ passageId: one, labels: ['salary'] }]],
      ],
    )
  })

  await t.test(
    'only retrieval puts passages, only those of the current version, of a document that is there',
    async () => {
      const { workspace, source, document, next, putPassages, connector, revision } = await start()
      const current = await next(document)
      const passages = [{ passageId: newId('psg'), section: '', sourceLabels: ['a'], detectorLabels: [] }]
      const before = await revision()
      assert.equal(codeOf(await putPassages(document, passages)), 'access.conflict')
      const put = { ...current, complete: true, passages }
      assert.equal(codeOf(await retrieval.putPassages(put, workspace.asAdmin())), 'access.forbidden')
      assert.equal(codeOf(await putPassages({ ...current, documentId: newId('doc') }, passages)), 'access.not-found')
      const elsewhere = await access.aWorkspace()
      assert.equal(codeOf(await retrieval.putPassages(put, elsewhere.as('system:retrieval'))), 'access.not-found')
      const twice = await putPassages(current, [...passages, ...passages])
      assert.ok(!twice.ok && twice.fault.code === 'access.invalid')
      assert.deepEqual(twice.fault.errors?.[0]?.field, '/passages/1/passageId')
      assert.equal(await revision(), before)
      value(
        await connectors.removeDocuments(
          { dataSourceId: source, documentIds: [document.documentId] },
          connector(source),
        ),
      )
      assert.equal(codeOf(await putPassages(current, passages)), 'access.not-found')
    },
  )

  await t.test(
    'nobody reads a version of a document labelled by hand until its passages are known; new ones inherit',
    async () => {
      const { document, next, open, putPassages, putLayer, indexFacts, hana } = await start()
      const [pay, plan] = [newId('psg'), newId('psg')]
      const first = [
        { passageId: pay, section: 'pay' },
        { passageId: plan, section: 'plan' },
      ]
      value(await putPassages(document, first))
      value(await putLayer(document.documentId, { passages: [{ passageId: pay, labels: ['salary'] }] }))
      assert.deepEqual(await open(document, [pay, plan]), [plan])
      const second = await next(document)
      assert.equal((await indexFacts(document.documentId)).awaitsPassages, true)
      const fresh = { pay: newId('psg'), plan: newId('psg'), annex: newId('psg') }
      const all = [pay, plan, fresh.pay, fresh.plan, fresh.annex]
      assert.deepEqual(await open(second, all, hana), [])
      const sections = Object.entries(fresh).map(([section, passageId]) => ({ passageId, section }))
      value(await putPassages(second, sections, false))
      assert.equal((await indexFacts(document.documentId)).awaitsPassages, true)
      value(await putPassages(second, [...first, ...sections]))
      assert.equal((await indexFacts(document.documentId)).awaitsPassages, false)
      assert.deepEqual(await open(second, all), [plan, fresh.plan])
      assert.deepEqual(await open(second, all, hana), all)
      // The labels stay over the versions that follow.
      const third = await next(second)
      value(await putPassages(third, [...first, ...sections]))
      assert.deepEqual(await open(third, all), [plan, fresh.plan])
    },
  )

  await t.test(
    'where nobody knew the passages when they were labelled, those of a later version all inherit',
    async () => {
      const { document, open, putPassages, putLayer } = await start()
      const [pay, plan] = [newId('psg'), newId('psg')]
      value(await putLayer(document.documentId, { passages: [{ passageId: pay, labels: ['salary'] }] }))
      assert.deepEqual(await open(document, [pay, plan]), [])
      value(await putPassages(document, [{ passageId: pay }, { passageId: plan }]))
      assert.deepEqual(await open(document, [pay, plan]), [plan])

      const other = await start()
      value(await other.putLayer(other.document.documentId, { passages: [{ passageId: pay, labels: ['salary'] }] }))
      const later = await other.next(other.document)
      value(await other.putPassages(later, [{ passageId: pay }, { passageId: plan }]))
      assert.deepEqual(await other.open(later, [pay, plan]), [])
    },
  )

  await t.test(
    'a redacted variant exists for the labels that it was made for, and while each of them marked something',
    async () => {
      const { document, next, ana, aLabel, putPassages, putLayer, served, indexFacts } = await start()
      await aLabel('salary', { below: 'redacted' })
      await aLabel('address', { below: 'redacted' })
      const passageId = newId('psg')
      const redacted = { hash: 'r1', marked: ['salary'], labels: ['salary'], hidesTitle: false }
      const put = { passageId, detectorLabels: ['salary'], redacted }
      const row = { ...document, passageId, view: 'redacted' as const, hash: 'r1' }
      const existing = async () => {
        const { passages } = await indexFacts(document.documentId)
        const [inIndex, inCheck] = [passages[0]?.redactedHash, await served(ana, [row])]
        assert.equal(inIndex !== undefined, inCheck.length > 0)
        return inIndex
      }
      value(await putPassages(document, [put]))
      assert.equal(await existing(), 'r1')
      assert.deepEqual(await served(ana, [{ ...row, hash: 'r0' }]), [])
      assert.deepEqual(await served(ana, [{ ...row, view: 'full' }]), [])
      // A label more: what was masked for one shows what the other hides.
      value(await putLayer(document.documentId, { labels: ['address'] }))
      assert.equal(await existing(), undefined)
      value(await putPassages(document, [{ ...put, redacted: { ...redacted, labels: ['address', 'salary'] } }]))
      assert.equal(await existing(), undefined)
      const both = { ...redacted, labels: ['address', 'salary'], marked: ['salary', 'address'] }
      value(await putPassages(document, [{ ...put, redacted: both }]))
      assert.equal(await existing(), 'r1')
      await aLabel('address', { below: 'none' })
      assert.deepEqual(await served(ana, [row]), [])
      await aLabel('address', { below: 'redacted' })
      assert.equal(await existing(), 'r1')
      const later = await next(document)
      assert.equal(await existing(), undefined)
      value(await putPassages(later, []))
      assert.deepEqual((await indexFacts(document.documentId)).passages, [])
    },
  )

  await t.test(
    'every change of labels, gates or space gives passages the signature that the filter knows',
    async () => {
      const { workspace, space, source, document, hana, ana, aSpace, putPassages, putLayer, indexFacts, write } =
        await start()
      const passageId = newId('psg')
      const seen = new Set<string>()
      const agrees = async (why: string) => {
        const facts = await indexFacts(document.documentId)
        const passage = facts.passages[0]
        assert.ok(passage, why)
        for (const signature of [facts.signature, passage.signature]) {
          assert.ok(!seen.has(signature), `${why}: a signature did not change`)
          seen.add(signature)
        }
        const pairsOf = async (reader: string) => value(await retrieval.readerFilter({}, workspace.as(reader))).pairs
        const [cleared, others] = [await pairsOf(hana), await pairsOf(ana)]
        assert.deepEqual(
          [facts.signature, passage.signature].map((signature) => cleared.includes(`${signature}/full`)),
          [true, true],
          why,
        )
        assert.equal(others.includes(`${passage.signature}/full`), false, why)
      }
      value(await putPassages(document, [{ passageId, sourceLabels: ['salary'] }]))
      await agrees('passages')
      await write(source, { allow: ['public'], labels: ['salary'] }, document)
      await agrees('labels of the document')
      value(await putLayer(document.documentId, { gates: [space] }))
      await agrees('a gate by hand')
      const other = await aSpace('workspace:members')
      value(await connectors.putDataSource({ dataSourceId: source, space: other }, workspace.asAdmin()))
      await agrees('another space')
      await write(source, { allow: ['public'], labels: ['salary'], gates: [other] }, document)
      await agrees('a gate of the source')
    },
  )
})
