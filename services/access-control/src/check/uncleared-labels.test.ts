import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from '../../test/content.ts'
import { startAccessControl, value } from '../../test/start-access-control.ts'

test('for text that goes on to where a label may not, nobody counts as cleared for it, and everything else stays', async (t) => {
  const access = await startAccessControl(t)
  const workspace = await access.aWorkspace()
  const { aUser, aLabel, aSpace, aDataSource, write, indexFacts } = contentOf(access, workspace)
  const ana = await aUser()
  value(await access.gateway.setClearances({ principal: ana, clearances: ['hr'] }, workspace.asAdmin()))
  const source = await aDataSource(await aSpace(ana))
  for (const [label, below] of [
    ['salary', 'redacted'],
    ['board', 'none'],
  ] as const)
    await aLabel(label, { below })
  const [salary, board] = [
    await write(source, { allow: [ana], labels: ['salary'] }),
    await write(source, { allow: [ana], labels: ['board'] }),
  ]
  const as = workspace.as(ana)
  const signatures = new Map<string, string>()
  for (const [name, { documentId }] of Object.entries({ salary, board }))
    signatures.set((await indexFacts(documentId)).signature, name)

  const found = async (unclearedLabels?: string[]) => {
    const { pairs } = value(await access.retrieval.readerFilter({ ...(unclearedLabels && { unclearedLabels }) }, as))
    return pairs.map((pair) => pair.replace(/^[^/]*/, (signature) => signatures.get(signature) ?? '?')).toSorted()
  }
  const checked = async (unclearedLabels: string[]) => {
    const candidates = [salary, board].map((one) => ({
      ...one,
      passageId: newId('psg'),
      view: 'full' as const,
      hash: 'h',
    }))
    const { allowed } = value(
      await access.retrieval.checkPassages({ candidates, operation: 'search', unclearedLabels }, as),
    )
    return candidates.map(({ passageId }) => allowed.some((one) => one.passageId === passageId))
  }
  const opened = async (unclearedLabels: string[]) => {
    const items = [salary, board].map((one, index) => ({
      id: String(index),
      entries: [{ ...one, passageId: newId('psg'), view: 'full' as const, labels: [index === 0 ? 'salary' : 'board'] }],
    }))
    return value(await access.agents.checkReadSets({ items, unclearedLabels }, as)).openable
  }

  // Asked in between, so that what is remembered of one question is no answer to another.
  for (const [labels, pairs, readable] of [
    [[], ['board/full', 'salary/full'], [true, true]],
    [['salary'], ['board/full', 'salary/redacted'], [false, true]],
    [['board'], ['salary/full'], [true, false]],
    [['board', 'salary'], ['salary/redacted'], [false, false]],
    [['unknown'], ['board/full', 'salary/full'], [true, true]],
    [[], ['board/full', 'salary/full'], [true, true]],
  ] as const) {
    assert.deepEqual(await found([...labels]), pairs, labels.join())
    assert.deepEqual(await checked([...labels]), readable, labels.join())
    assert.deepEqual(
      await opened([...labels]),
      readable.flatMap((isReadable, index) => (isReadable ? [String(index)] : [])),
    )
  }
})
