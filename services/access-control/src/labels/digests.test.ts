import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value } from '../../test/start-access-control.ts'

test('a digest', async (t) => {
  const access = await startAccessControl(t)
  const { gateway, retrieval } = access
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const source = await content.aDataSource(await content.aSpace('workspace:members'))
    const [ana, hana, hugo] = [await content.aUser(), await content.aUser(), await content.aUser()]
    for (const principal of [hana, hugo]) {
      value(await gateway.setClearances({ principal, clearances: ['hr'] }, workspace.asAdmin()))
    }
    await content.aLabel('salary', { below: 'digest' })
    const document = await content.write(source, { allow: ['public'] })
    const passageId = newId('psg')
    value(await content.putPassages(document, [{ passageId, sourceLabels: ['salary'] }]))
    const place = { documentId: document.documentId, passageId }
    const { contentVersion } = document
    const propose = (by: string, hash = 'd1') =>
      retrieval.proposeDigest({ ...place, contentVersion, hash }, workspace.as(by))
    const approve = (by: string, hash = 'd1', actors: string[] = []) =>
      retrieval.approveDigest({ ...place, hash }, workspace.as(by, actors))
    const withdraw = (by: string) => retrieval.withdrawDigest(place, workspace.as(by))
    /** Whether somebody without the clearance is served it, which the index must agree with. */
    const exists = async (hash = 'd1') => {
      const rows = await content.served(ana, [{ ...document, passageId, view: 'digest', hash }])
      const { passages } = await content.indexFacts(document.documentId)
      assert.equal(passages.find((facts) => facts.passageId === passageId)?.digestHash === hash, rows.length > 0)
      return rows.length > 0
    }
    return { workspace, source, ana, hana, hugo, document, passageId, propose, approve, withdraw, exists, ...content }
  }

  await t.test(
    'exists once somebody else than its proposer approved exactly it, both reading the passage in full',
    async () => {
      const { ana, hana, hugo, propose, approve, exists } = await start()
      assert.equal(codeOf(await propose(ana)), 'access.forbidden')
      assert.equal(codeOf(await approve(hugo)), 'access.not-found')
      value(await propose(hana))
      assert.equal(await exists(), false)
      assert.equal(codeOf(await approve(hana)), 'access.forbidden')
      assert.equal(codeOf(await approve(ana)), 'access.forbidden')
      assert.equal(codeOf(await approve(hugo, 'd2')), 'access.conflict')
      assert.equal(await exists(), false)
      value(await approve(hugo))
      assert.equal(await exists(), true)
      value(await propose(hugo, 'd2'))
      assert.deepEqual([await exists('d1'), await exists('d2')], [false, false])
      value(await approve(hana, 'd2'))
      assert.deepEqual([await exists('d1'), await exists('d2')], [false, true])
    },
  )

  await t.test('ends with its labels and with its content version, and is approved anew for other labels', async () => {
    const { source, hana, hugo, document, aLabel, propose, approve, exists, putLayer, write } = await start()
    value(await propose(hana))
    value(await approve(hugo))
    await aLabel('address', { below: 'digest' })
    value(await putLayer(document.documentId, { labels: ['address'] }))
    assert.equal(await exists(), false)
    value(await approve(hugo))
    assert.equal(await exists(), true)
    await write(source, { allow: ['public'] }, { documentId: document.documentId })
    assert.equal(await exists(), false)
    assert.equal(codeOf(await approve(hugo)), 'access.conflict')
    assert.equal(codeOf(await propose(hana)), 'access.conflict')
  })

  await t.test('is taken back by whoever reads the passage in full, and by admins', async () => {
    const { workspace, ana, hana, hugo, propose, approve, withdraw, exists } = await start()
    for (const by of [hana, workspace.admin]) {
      value(await propose(hana))
      value(await approve(hugo))
      assert.equal(codeOf(await withdraw(ana)), 'access.forbidden')
      value(await withdraw(by))
      assert.equal(await exists(), false)
    }
  })

  await t.test('of a passage that one may not read is not found, and no agent approves one', async () => {
    const { workspace, source, hana, hugo, write, approve, propose } = await start()
    const closed = await write(source, { allow: [] })
    const place = { ...closed, passageId: newId('psg'), hash: 'd1' }
    const missing = { ...place, documentId: newId('doc') }
    for (const asked of [place, missing]) {
      assert.equal(codeOf(await retrieval.proposeDigest(asked, workspace.as(hana))), 'access.not-found')
      assert.equal(codeOf(await retrieval.withdrawDigest(asked, workspace.as(hana))), 'access.not-found')
    }
    value(await propose(hana))
    assert.equal(codeOf(await approve(hugo, 'd1', [`agent:${newId('agt')}`])), 'access.forbidden')
  })
})
