import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  buildSmall,
  type BuiltSmall,
  policyTexts,
  type SmallChange,
  smallChanges,
  smallWorlds,
  viewKey,
  viewsNow,
} from '../../../test/small-worlds.ts'
import { type AccessControl, startAccessControl, value } from '../../../test/start-access-control.ts'
import { tracesOf } from '../../../test/traces.ts'

const WORLDS = 12

type Proposed = Parameters<AccessControl['gateway']['simulate']>[0]['changes'][number]

test('what is simulated is what happens when it is done, in any world; and simulating leaves nothing behind', async (t) => {
  const access = await startAccessControl(t)
  const story = fc.asyncProperty(
    smallWorlds,
    fc.array(smallChanges, { minLength: 1, maxLength: 3 }),
    async (world, changes) => {
      const built = await buildSmall(access, world)
      const before = await viewsNow(access, built)
      const proposed: Proposed[] = []
      for (const change of changes) proposed.push(await proposedOf(built, change))
      const traces = await tracesOf(access.db)
      const report = value(await access.gateway.simulate({ changes: proposed }, built.admin()))
      assert.deepEqual(await tracesOf(access.db), traces)
      assert.deepEqual(await viewsNow(access, built), before)

      for (const change of proposed) await doIt(access, built, change)
      const after = await viewsNow(access, built)
      const expected = differencesOf(built, before, after)
      const reported = [...report.gained, ...report.lost]
        .filter(({ reader }) => built.people.includes(reader))
        .map(({ reader, documentId, passageId, from, to }) => [
          viewKey(reader, documentId, passageId ?? 'plain'),
          from,
          to,
        ])
      const told = new Set(reported.map(String))
      assert.deepEqual(
        expected.needed.map(String).filter((one) => !told.has(one)),
        [],
      )
      const possible = new Set(expected.possible.map(String))
      assert.deepEqual(
        [...told].filter((one) => !possible.has(one)),
        [],
      )
      assert.ok(report.complete)
      const order = ['none', 'digest', 'redacted', 'full']
      assert.ok(report.gained.every(({ from, to }) => order.indexOf(from) < order.indexOf(to)))
      assert.ok(report.lost.every(({ from, to }) => order.indexOf(from) > order.indexOf(to)))
    },
  )
  await fc.assert(story, { numRuns: WORLDS, endOnFailure: true })
})

/** Everything that differs; and what has to be told: a labelled passage need not, where it fares as its document does. */
function differencesOf({ people, documents }: BuiltSmall, before: Map<string, string>, after: Map<string, string>) {
  const pairs = people.flatMap((reader) =>
    documents.map(({ documentId, passageId }) => {
      const difference = (part: string) => {
        const key = viewKey(reader, documentId, part)
        return { key, from: before.get(key) ?? '', to: after.get(key) ?? '' }
      }
      return { plain: difference('plain'), labelled: difference(passageId) }
    }),
  )
  const told = (differences: { key: string; from: string; to: string }[]) =>
    differences.filter(({ from, to }) => from !== to).map(({ key, from, to }) => [key, from, to])
  const own = pairs.filter(({ plain, labelled }) => plain.from !== labelled.from || plain.to !== labelled.to)
  return {
    needed: told([...pairs.map(({ plain }) => plain), ...own.map(({ labelled }) => labelled)]),
    possible: told(pairs.flatMap(({ plain, labelled }) => [plain, labelled])),
  }
}

async function proposedOf(built: BuiltSmall, change: SmallChange): Promise<Proposed> {
  const { groups, space, names, people, documents } = built
  switch (change.kind) {
    case 'join':
    case 'leave': {
      const at = { container: [...groups, space][change.group] ?? '', member: names[change.member] ?? '' }
      return change.kind === 'join' ? { type: 'membership.added', ...at } : { type: 'membership.removed', ...at }
    }
    case 'clear':
      return {
        type: 'clearances.set',
        principal: names[change.who] ?? '',
        clearances: built.clearancesOf(change.clearances),
      }
    case 'define': {
      const [label = ''] = built.labelsOf([change.label])
      const requires = built.clearancesOf(change.definition.requires)
      return {
        type: 'label.defined',
        definition: { label, title: label, hidesTitle: false, requires, below: change.definition.below },
      }
    }
    case 'undefine':
      return { type: 'label.deleted', label: built.labelsOf([change.label])[0] ?? '' }
    case 'user':
      return {
        type: 'user.changed',
        name: people[change.who] ?? '',
        guest: change.guest,
        state: change.active ? 'active' : 'deactivated',
      }
    case 'document': {
      const { documentId = '', passageId = '' } = documents[change.document] ?? {}
      const passages = [{ passageId, labels: built.labelsOf(change.passageLabels) }]
      const lists = {
        deny: built.named(change.deny),
        gates: [],
        denyAgents: [],
        labels: built.labelsOf(change.labels),
        passages,
      }
      return { type: 'document.changed', documentId, ...lists }
    }
    case 'policies':
      return { type: 'policies.published', policySetId: await built.draft(policyTexts[change.about]) }
  }
}

async function doIt({ gateway }: AccessControl, { admin, member, leave }: BuiltSmall, change: Proposed): Promise<void> {
  switch (change.type) {
    case 'membership.added':
      value(await member(change.container, change.member))
      return
    case 'membership.removed':
      value(await leave(change.container, change.member))
      return
    case 'clearances.set':
      value(await gateway.setClearances({ principal: change.principal, clearances: change.clearances }, admin()))
      return
    case 'label.defined':
      value(await gateway.putLabel(change.definition, admin()))
      return
    case 'label.deleted': {
      const done = await gateway.deleteLabel({ label: change.label }, admin())
      // Two of the changes may delete the same label, and the second deletes nothing.
      if (!done.ok) assert.equal(done.fault.code, 'access.not-found')
      return
    }
    case 'user.changed': {
      const { type: _, ...user } = change
      value(await gateway.updateUser(user, admin()))
      return
    }
    case 'document.changed': {
      const { type: _, ...layer } = change
      value(await gateway.putDocumentLayer(layer, admin()))
      return
    }
    case 'policies.published':
      value(await gateway.publishPolicySet({ id: change.policySetId }, admin()))
  }
}
