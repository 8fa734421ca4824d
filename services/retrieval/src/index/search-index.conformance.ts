import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import { newId } from '@tessera/shared/ids/ids'
import type { IndexQuery, IndexRow, RowAccess, SearchIndex } from './search-index.ts'
import { IndexMissing, OtherDimensions } from './search-index.ts'

type Scope = { after: (cleanUp: () => void | Promise<void>) => void }

/** What every `SearchIndex` guarantees; leaks first. `open` gives an empty one, closed with the test. */
export function searchIndexConformance(open: (t: Scope) => Promise<SearchIndex>): void {
  const start = async (t: Scope, rows: readonly Partial<IndexRow>[] = []) => {
    const index = await open(t)
    const workspaceId = newId('wsp')
    await index.make(workspaceId, 'live', undefined)
    const put = async (...partial: readonly Partial<IndexRow>[]) => {
      assert.deepEqual(await index.put(workspaceId, partial.map(aRow)), [])
      await index.refresh(workspaceId)
    }
    if (rows.length > 0) await put(...rows)
    const ask = (filter: Partial<ReaderFilter> = {}, query: Partial<IndexQuery> = {}) =>
      index.find(workspaceId, { words: 'vacation', limit: 50, filter: aFilter(filter), ...query })
    /** The ids that a reader finds, by words and by vector, which must agree where both are asked. */
    const found = async (filter: Partial<ReaderFilter> = {}, query: Partial<IndexQuery> = {}) =>
      (await ask(filter, query)).byWords.map((hit) => hit.passageId)
    return { index, workspaceId, put, ask, found }
  }

  test('a row that allows nobody is found by nobody, and a reader without names finds nothing', async (t) => {
    const { found } = await start(t, [
      { passageId: 'open', allow: ['public'] },
      { passageId: 'closed', allow: [] },
    ])
    assert.deepEqual(await found({ names: [['public']] }), ['open'])
    assert.deepEqual(await found({ names: [] }), [])
  })

  test('a deny beats any allow', async (t) => {
    const { found } = await start(t, [{ passageId: 'a', allow: ['user:ana', 'public'], deny: ['group:x'] }])
    assert.deepEqual(await found({ names: [['user:ana', 'public']] }), ['a'])
    assert.deepEqual(await found({ names: [['user:ana', 'public', 'group:x']] }), [])
  })

  test('a row is found only under a permitted pair, and without pairs nothing is', async (t) => {
    const { found } = await start(t, [
      { passageId: 'a', pairs: ['s1/full'] },
      { passageId: 'b', pairs: ['s2/full'] },
      { passageId: 'none', pairs: [] },
    ])
    assert.deepEqual(await found({ pairs: ['s1/full'] }), ['a'])
    assert.deepEqual(await found({ pairs: ['s1', 's1/ful', 's3/full'] }), [])
    assert.deepEqual(await found({ pairs: [] }), [])
  })

  test('everybody in an audience needs a grant of their own, and a deny of one of them hides it from all', async (t) => {
    const { found } = await start(t, [
      { passageId: 'both', allow: ['group:a', 'group:b'] },
      { passageId: 'public', allow: ['public'] },
      { passageId: 'one', allow: ['group:a'] },
      { passageId: 'denied', allow: ['public'], deny: ['user:ben'] },
    ])
    const ana = ['user:ana', 'group:a', 'public']
    const ben = ['user:ben', 'group:b', 'public']
    assert.deepEqual((await found({ names: [ana] })).sort(), ['both', 'denied', 'one', 'public'])
    assert.deepEqual((await found({ names: [ana, ben] })).sort(), ['both', 'public'])
    assert.deepEqual((await found({ names: [ben, ana] })).sort(), ['both', 'public'])
    assert.deepEqual(await found({ names: [ana, []] }), [], 'somebody without a name is nobody')
    assert.deepEqual(await found({ names: [[]] }), [])
  })

  test('break-glass needs no grant in its places, and never passes a deny, an agent, a scope, an exception or a pair', async (t) => {
    const elsewhere = { allow: ['user:boss'] }
    const { found, ask } = await start(t, [
      { passageId: 'a', documentId: 'doc_1', ...elsewhere },
      { passageId: 'b', documentId: 'doc_2', space: 'space:2', ...elsewhere },
      { passageId: 'c', documentId: 'doc_3', space: 'space:3', ...elsewhere },
      { passageId: 'denied', documentId: 'doc_1', ...elsewhere, deny: ['group:x'] },
      { passageId: 'no-agents', documentId: 'doc_1', ...elsewhere, denyAgents: ['*'] },
      { passageId: 'labelled', documentId: 'doc_1', ...elsewhere, pairs: ['s9/full'] },
      { passageId: 'mine', documentId: 'doc_4' },
    ])
    const names = [['user:ana', 'group:x']]
    const breakGlass = { documentIds: ['doc_1'], spaces: ['space:2'], pairs: ['s1/full'] }
    assert.deepEqual(await found({ names }), ['mine'])
    assert.deepEqual((await found({ names, breakGlass })).sort(), ['a', 'b', 'mine', 'no-agents'])
    assert.deepEqual((await found({ names, breakGlass, pairs: [] })).sort(), ['a', 'b', 'no-agents'])
    assert.deepEqual((await found({ names, breakGlass, agents: ['agent:x'] })).sort(), ['a', 'b', 'mine'])
    assert.deepEqual(await found({ names, breakGlass, exceptDocumentIds: ['doc_1', 'doc_4'] }), ['b'])
    assert.deepEqual(await found({ names, breakGlass, scopes: [{ kind: 'selected', spaces: ['space:2'] }] }), ['b'])
    assert.deepEqual(await found({ names, breakGlass: { ...breakGlass, pairs: [] } }), ['mine'])
    assert.deepEqual(await found({ names, breakGlass: { documentIds: [], spaces: [], pairs: ['s1/full'] } }), ['mine'])
    assert.deepEqual((await ask({ names: [], breakGlass })).byWords, [], 'nobody breaks no glass')
  })

  test('each variant of a passage is a row of its own: found by its own words and vector, under its own pairs', async (t) => {
    const full = { passageId: 'a', text: 'vacation of 4711 days', hash: 'h1', vector: Float32Array.of(1, 0) }
    const { found, ask, index, workspaceId } = await start(t, [
      { ...full, pairs: ['s1/full'] },
      {
        ...full,
        view: 'redacted',
        text: 'vacation of [days]',
        hash: 'h2',
        pairs: ['s1/redacted'],
        vector: Float32Array.of(0, 1),
      },
      { passageId: 'a', view: 'digest', text: 'about vacation', hash: 'h3', pairs: ['s1/digest'] },
    ])
    const views = async (pairs: string[], query: Partial<IndexQuery> = {}) =>
      (await ask({ pairs }, query)).byWords.map(({ view, hash }) => `${view} ${hash}`)
    assert.deepEqual(await views(['s1/full']), ['full h1'])
    assert.deepEqual(await views(['s1/redacted']), ['redacted h2'])
    assert.deepEqual(await views(['s1/digest']), ['digest h3'])
    assert.deepEqual(await views(['s1/full'], { words: '4711' }), ['full h1'])
    assert.deepEqual(await views(['s1/redacted', 's1/digest'], { words: '4711' }), [])
    const near = await ask({ pairs: ['s1/redacted'] }, { vector: Float32Array.of(1, 0) })
    assert.deepEqual(
      near.byVector.map(({ view }) => view),
      ['redacted'],
    )
    await index.remove(workspaceId, ['a/redacted'])
    await index.refresh(workspaceId)
    assert.deepEqual(await views(['s1/full', 's1/redacted']), ['full h1'])
    assert.deepEqual(await found({ pairs: ['s1/digest'] }), ['a'])
  })

  test('names are compared whole: neither prefix, nor case, nor words of a name match', async (t) => {
    const { found } = await start(t, [{ passageId: 'a', allow: ['group:src_1:Sales Team', 'user:ana'] }])
    for (const name of [
      'group:src_1:Sales',
      'Sales',
      'group:src_1:sales team',
      'group:src_2:Sales Team',
      'user:an',
      'user:*',
    ]) {
      assert.deepEqual(await found({ names: [[name]] }), [], name)
    }
    assert.deepEqual(await found({ names: [['group:src_1:Sales Team']] }), ['a'])
  })

  test('an agent finds nothing that denies it or every agent; a person alone is not held by that', async (t) => {
    const { found } = await start(t, [
      { passageId: 'a' },
      { passageId: 'b', denyAgents: ['agent:one'] },
      { passageId: 'c', denyAgents: ['*'] },
    ])
    assert.deepEqual((await found()).sort(), ['a', 'b', 'c'])
    assert.deepEqual((await found({ agents: ['agent:two'] })).sort(), ['a', 'b'])
    assert.deepEqual(await found({ agents: ['agent:two', 'agent:one'] }), ['a'])
  })

  test('a row must lie in every scope of the chain; an empty scope is nowhere', async (t) => {
    const { found } = await start(t, [
      { passageId: 'a', dataSourceId: 'src_1', space: 'space:1', documentId: 'doc_1' },
      { passageId: 'b', dataSourceId: 'src_1', space: 'space:2', documentId: 'doc_2' },
      { passageId: 'c', dataSourceId: 'src_2', space: 'space:2', documentId: 'doc_3' },
    ])
    const everything = { kind: 'everything' } as const
    const selected = (places: object) => ({ kind: 'selected' as const, ...places })
    assert.deepEqual((await found({ scopes: [everything] })).sort(), ['a', 'b', 'c'])
    assert.deepEqual((await found({ scopes: [selected({ dataSourceIds: ['src_1'] })] })).sort(), ['a', 'b'])
    assert.deepEqual((await found({ scopes: [selected({ documentIds: ['doc_3'], spaces: ['space:1'] })] })).sort(), [
      'a',
      'c',
    ])
    const both = [selected({ dataSourceIds: ['src_1'] }), selected({ spaces: ['space:2'] })]
    assert.deepEqual(await found({ scopes: both }), ['b'])
    assert.deepEqual(await found({ scopes: [everything, selected({})] }), [])
    assert.deepEqual(await found({ scopes: [selected({ dataSourceIds: [], spaces: [], documentIds: [] })] }), [])
  })

  test('excepted documents are not found, and a query can ask in some data sources and spaces only', async (t) => {
    const { found } = await start(t, [
      { passageId: 'a', documentId: 'doc_1', dataSourceId: 'src_1', space: 'space:1' },
      { passageId: 'b', documentId: 'doc_2', dataSourceId: 'src_2', space: 'space:1' },
    ])
    assert.deepEqual(await found({ exceptDocumentIds: ['doc_1'] }), ['b'])
    assert.deepEqual(await found({}, { dataSourceIds: ['src_1'] }), ['a'])
    assert.deepEqual(await found({}, { dataSourceIds: ['src_1'], spaces: ['space:2'] }), [])
    assert.deepEqual(await found({}, { dataSourceIds: [] }), [])
    assert.deepEqual(await found({}, { spaces: [] }), [])
  })

  test('ten thousand names neither fail nor let anything else through', async (t) => {
    const { found } = await start(t, [
      { passageId: 'a', allow: ['group:9999'] },
      { passageId: 'b', allow: ['group:10000'] },
      { passageId: 'c', allow: ['group:1'], deny: ['group:9998'] },
    ])
    const names = Array.from({ length: 10_000 }, (_, i) => `group:${i}`)
    assert.deepEqual(await found({ names: [names] }), ['a'])
  })

  test('one workspace never finds what another one holds', async (t) => {
    const { index, found } = await start(t, [{ passageId: 'a' }])
    const other = newId('wsp')
    await index.make(other, 'live', undefined)
    await index.put(other, [aRow({ passageId: 'z' })])
    await index.refresh(other)
    assert.deepEqual(await found(), ['a'])
    const there = await index.find(other, { words: 'vacation', limit: 10, filter: aFilter({}) })
    assert.deepEqual(
      there.byWords.map((hit) => hit.passageId),
      ['z'],
    )
  })

  test('the filter holds for vectors as for words, and does not take the place of better readable rows', async (t) => {
    const { index, workspaceId, ask } = await start(t)
    const rows = Array.from({ length: 60 }, (_, i) =>
      aRow({ passageId: `near${i}`, allow: ['user:boss'], vector: Float32Array.of(1, i / 1000, 0) }),
    )
    const open = aRow({ passageId: 'far', vector: Float32Array.of(0.2, 1, 0) })
    const denied = aRow({ passageId: 'denied', deny: ['user:ana'], vector: Float32Array.of(1, 0, 0) })
    await index.put(workspaceId, [...rows, open, denied, aRow({ passageId: 'no-vector' })])
    await index.refresh(workspaceId)
    const { byVector, byWords } = await ask({}, { vector: Float32Array.of(1, 0, 0), limit: 5 })
    assert.deepEqual(
      byVector.map((hit) => hit.passageId),
      ['far'],
    )
    assert.deepEqual(byWords.map((hit) => hit.passageId).sort(), ['far', 'no-vector'])
    const nobody = await ask({ names: [] }, { vector: Float32Array.of(1, 0, 0) })
    assert.deepEqual([nobody.byWords, nobody.byVector], [[], []])
  })

  test('nearer vectors come first, equal ones by id', async (t) => {
    const { index, workspaceId, ask } = await start(t)
    await index.put(workspaceId, [
      aRow({ passageId: 'c', vector: Float32Array.of(1, 0) }),
      aRow({ passageId: 'b', vector: Float32Array.of(2, 0) }),
      aRow({ passageId: 'a', vector: Float32Array.of(1, 1) }),
      aRow({ passageId: 'z', vector: Float32Array.of(0, 1) }),
    ])
    await index.refresh(workspaceId)
    const { byVector } = await ask({}, { vector: Float32Array.of(1, 0), limit: 3 })
    assert.deepEqual(
      byVector.map((hit) => hit.passageId),
      ['b', 'c', 'a'],
    )
  })

  test('a reader of one document among thousands of better matches still finds it', async (t) => {
    const { index, workspaceId, found } = await start(t)
    const many = Array.from({ length: 1500 }, (_, i) =>
      aRow({ passageId: `p${i}`, allow: [`group:${i % 50}`], text: 'vacation vacation vacation' }),
    )
    await index.put(workspaceId, [
      ...many,
      aRow({ passageId: 'mine', text: `vacation ${'and much else '.repeat(50)}` }),
    ])
    await index.refresh(workspaceId)
    assert.deepEqual(await found({}, { limit: 5 }), ['mine'])
  })

  test('access can be replaced without the content, at once and for many rows; unknown rows are told', async (t) => {
    const { index, workspaceId, found, ask } = await start(t, [
      { passageId: 'a', vector: Float32Array.of(1, 0) },
      { passageId: 'b' },
    ])
    const access: RowAccess = { ...anAccess, allow: ['user:ben'], space: 'space:new', revision: 8 }
    const missing = await index.updateAccess(workspaceId, [{ rowIds: ['a/full', 'gone/full'], access }])
    await index.refresh(workspaceId)
    assert.deepEqual(missing, ['gone/full'])
    assert.deepEqual(await found(), ['b'])
    assert.deepEqual(await found({ names: [['user:ben']] }, { spaces: ['space:new'] }), ['a'])
    const { byVector } = await ask({ names: [['user:ben']] }, { vector: Float32Array.of(1, 0) })
    assert.deepEqual(
      byVector.map((hit) => hit.passageId),
      ['a'],
    )
  })

  test('a removed row is not found, and removing it again is no error', async (t) => {
    const { index, workspaceId, found } = await start(t, [{ passageId: 'a' }, { passageId: 'b' }])
    for (let time = 0; time < 2; time++) {
      await index.remove(workspaceId, ['a/full', 'never-was/full'])
      await index.refresh(workspaceId)
      assert.deepEqual(await found(), ['b'])
    }
  })

  test('a row that is put again replaces the old one, text, version and hash', async (t) => {
    const { put, ask, found } = await start(t, [
      { passageId: 'a', contentVersion: 'ver_1', text: 'vacation', hash: 'h1' },
    ])
    await put({ passageId: 'a', contentVersion: 'ver_2', text: 'holidays', hash: 'h2' })
    assert.deepEqual(await found(), [])
    const { byWords } = await ask({}, { words: 'holidays' })
    assert.deepEqual(
      byWords.map((hit) => ({ ...hit, score: 0 })),
      [{ passageId: 'a', documentId: 'doc_1', contentVersion: 'ver_2', view: 'full', hash: 'h2', score: 0 }],
    )
  })

  test('titles and headings are searched too, words in their forms, in any case', async (t) => {
    const { found } = await start(t, [
      { passageId: 'title', title: 'Parental leaves', text: 'x' },
      { passageId: 'heading', headings: ['Benefits', 'Parental leave'], text: 'x' },
      { passageId: 'text', text: 'y PARENTAL leave z' },
      { passageId: 'none', text: 'nothing of it' },
    ])
    assert.deepEqual((await found({}, { words: 'leaving parental' })).sort(), ['heading', 'text', 'title'])
  })

  test('equal scores come in the order of their ids, also over the limit', async (t) => {
    const ids = ['d', 'b', 'e', 'a', 'c']
    const { found } = await start(
      t,
      ids.map((passageId) => ({ passageId })),
    )
    assert.deepEqual(await found(), ['a', 'b', 'c', 'd', 'e'])
    assert.deepEqual(await found({}, { limit: 2 }), ['a', 'b'])
  })

  test('special characters are words or nothing, never syntax', async (t) => {
    const { found } = await start(t, [{ passageId: 'a', text: `vacation and C++ node.js O'Brien naïve 日本語 50%` }])
    const queries = [
      'vacation" OR (allow:public',
      'vacation AND NOT x',
      `vacation'; drop table rows; --`,
      'vacation\\',
      "{'match_all':{}} vacation",
      'vacation:* | & ! <->',
      'node.js',
      "O'Brien",
      '日本語',
      'vacation\u0000',
      '$1 vacation',
      '%s vacation',
    ]
    for (const words of queries) assert.deepEqual(await found({}, { words }), ['a'], words)
    for (const words of ['*', '', ' ', '"', '\\', '( ) [ ] { }', '~^', '😀', '_all:*', '???']) {
      assert.deepEqual(await found({}, { words }), [], words)
    }
  })

  test('a query of stop words alone finds nothing, and neither does an unknown word', async (t) => {
    const { found } = await start(t, [{ passageId: 'a', text: 'the vacation of the year' }])
    assert.deepEqual(await found({}, { words: 'the of and' }), [])
    assert.deepEqual(await found({}, { words: 'zyzzyva' }), [])
  })

  test('a query of ten thousand characters is answered, in any script', async (t) => {
    const { found } = await start(t, [{ passageId: 'a' }])
    const distinct = Array.from({ length: 2000 }, (_, i) => `w${i}`).join(' ')
    const han = Array.from({ length: 10_000 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('')
    for (const long of ['vacation '.repeat(1111), `vacation ${distinct}`.slice(0, 10_000), 'vacation,'.repeat(1111)]) {
      assert.deepEqual(await found({}, { words: long }), ['a'])
    }
    for (const long of ['x'.repeat(10_000), han, 'a.'.repeat(5000), '('.repeat(10_000)]) {
      assert.deepEqual(await found({}, { words: long }), [])
    }
  })

  test('a phrase in quotation marks must be there, for words and for vectors, in the forms of the language of the row', async (t) => {
    const { found, ask } = await start(t, [
      { passageId: 'a', text: 'the code review of today', vector: Float32Array.of(1, 0) },
      { passageId: 'b', text: 'review of the code', vector: Float32Array.of(1, 0) },
      { passageId: 'c', text: 'a code-review tool', vector: Float32Array.of(1, 0) },
      { passageId: 'title', title: 'Code review', text: 'x', vector: Float32Array.of(0, 1) },
      {
        passageId: 'de',
        text: 'Die neue Regelung für den Urlaub gilt für alle Mitarbeiterinnen und Mitarbeiter.',
        vector: Float32Array.of(0, 1),
      },
    ])
    assert.deepEqual((await found({}, { words: '"code review"' })).sort(), ['a', 'c', 'title'])
    assert.deepEqual((await found({}, { words: 'tool "code review"' })).slice(0, 1), ['c'])
    assert.deepEqual(await found({}, { words: '"Regelung für den Urlaub"' }), ['de'])
    assert.deepEqual(await found({}, { words: '"code tool"' }), [])
    assert.deepEqual(await found({}, { words: '"code%review" "100%"' }), [])
    const { byVector } = await ask({}, { words: '"code review"', vector: Float32Array.of(1, 0) })
    assert.deepEqual(
      byVector.map((hit) => hit.passageId),
      ['a', 'c', 'title'],
    )
  })

  test('words are found in their forms in each language, and code by its parts and as a whole', async (t) => {
    const { found } = await start(t, [
      { passageId: 'de', text: 'Alle Mitarbeiterinnen und Mitarbeiter haben 25 Urlaubstage im Jahr.' },
      { passageId: 'fr', text: 'Chaque salarié a droit à des remboursements de ses frais de voyage.' },
      { passageId: 'es', text: 'Los empleados tienen derecho a los reembolsos de sus gastos de viaje.' },
      { passageId: 'code', text: 'Set max_retry_count before you call getUserName().' },
      { passageId: 'parts', text: 'the maximum count of a retry' },
    ])
    assert.deepEqual(await found({}, { words: 'Urlaubstag' }), ['de'])
    assert.deepEqual(await found({}, { words: 'remboursement' }), ['fr'])
    assert.deepEqual(await found({}, { words: 'reembolso' }), ['es'])
    assert.deepEqual((await found({}, { words: 'max_retry_count' }))[0], 'code')
    assert.deepEqual(await found({}, { words: 'get_user_name' }), ['code'])
  })

  test('a query narrows to authors, kinds and times; an empty list is nowhere, and what a row does not tell it is not', async (t) => {
    const { found, ask } = await start(t, [
      { passageId: 'a', authors: ['Ana Ruiz', 'Ben'], mediaType: 'text/html', updatedAtMs: 1000 },
      { passageId: 'b', authors: ['Ben'], mediaType: 'text/plain', updatedAtMs: 2000 },
      { passageId: 'none' },
    ])
    assert.deepEqual(await found({}, { authors: ['ana ruiz'] }), ['a'])
    assert.deepEqual((await found({}, { authors: ['BEN', 'nobody'] })).sort(), ['a', 'b'])
    assert.deepEqual(await found({}, { authors: ['Ana'] }), [])
    assert.deepEqual(await found({}, { authors: [] }), [])
    assert.deepEqual(await found({}, { mediaTypes: ['text/plain'] }), ['b'])
    assert.deepEqual(await found({}, { mediaTypes: [] }), [])
    assert.deepEqual(await found({}, { updatedFromMs: 2000 }), ['b'])
    assert.deepEqual(await found({}, { updatedBeforeMs: 2000 }), ['a'])
    assert.deepEqual(await found({}, { updatedFromMs: 1000, updatedBeforeMs: 1000 }), [])
    const { byWords } = await ask()
    assert.deepEqual(byWords.map((hit) => `${hit.passageId} ${hit.updatedAtMs}`).sort(), [
      'a 1000',
      'b 2000',
      'none undefined',
    ])
  })

  test('strict: what a reader gets is the same to the last bit, whatever they may not see', async (t) => {
    const words = ['vacation', 'policy', 'budget', 'incident', 'travel', 'office', 'salary', 'review']
    const pick = (seed: number) => words[(seed * 7919) % words.length] ?? ''
    const open = Array.from({ length: 40 }, (_, i) =>
      aRow({
        passageId: `open${i}`,
        documentId: `doc_${i % 9}`,
        text: Array.from({ length: 5 + (i % 13) }, (_, at) => pick(i * 31 + at * at)).join(' '),
        vector: Float32Array.of(Math.sin(i), Math.cos(i * 3), Math.sin(i * i)),
      }),
    )
    const hidden = (count: number, text: string) =>
      Array.from({ length: count }, (_, i) =>
        aRow({
          passageId: `hidden${i}`,
          allow: ['user:boss'],
          text: `${text} ${i}`.repeat(1 + (i % 9)),
          vector: Float32Array.of(Math.sin(i / 10), 1, Math.cos(i)),
        }),
      )
    const worlds = [[], hidden(3, 'vacation policy'), hidden(300, 'budget'), hidden(150, 'vacation travel office')]
    const answers = []
    for (const [at, world] of worlds.entries()) {
      const { index, workspaceId, ask } = await start(t)
      const half = open.length / 2
      const rows = at % 2 === 0 ? [...world, ...open] : [...open.slice(half), ...world, ...open.slice(0, half)]
      for (let from = 0; from < rows.length; from += 60) {
        await index.put(workspaceId, rows.slice(from, from + 60))
        await index.refresh(workspaceId)
      }
      await index.remove(
        workspaceId,
        world.slice(0, 40).map(({ passageId }) => `${passageId}/full`),
      )
      await index.refresh(workspaceId)
      const found = []
      for (const query of ['vacation policy', 'budget for travel', '"office salary"', 'zyzzyva', 'incident']) {
        for (const limit of [5, 60]) {
          const vector = Float32Array.of(0.2, 0.9, 0.1)
          const { byWords, byVector } = await ask({}, { words: query, limit, strict: true, vector })
          found.push({ byWords, byVector })
        }
      }
      answers.push(JSON.stringify(found))
    }
    for (const answer of answers) assert.equal(answer, answers[0])
    assert.match(answers[0] ?? '', /open/)
    assert.doesNotMatch(answers[0] ?? '', /hidden/)
  })

  test('strict: rarer words count more, words that are said more often and in shorter rows too, and nearer vectors come first', async (t) => {
    const { found, ask } = await start(t, [
      { passageId: 'once', text: `vacation ${'and something else altogether '.repeat(20)}` },
      { passageId: 'often', text: 'vacation vacation vacation' },
      { passageId: 'rare', text: 'sabbatical' },
      { passageId: 'hidden', text: 'sabbatical', allow: ['user:boss'] },
      { passageId: 'near', text: 'x', vector: Float32Array.of(1, 0.1) },
      { passageId: 'far', text: 'x', vector: Float32Array.of(0.1, 1) },
      { passageId: 'alike', text: 'x', vector: Float32Array.of(0.2, 2) },
    ])
    assert.deepEqual(await found({}, { words: 'vacation sabbatical', strict: true }), ['rare', 'often', 'once'])
    assert.deepEqual(await found({}, { words: 'the of', strict: true }), [])
    const { byVector } = await ask({}, { words: 'x', vector: Float32Array.of(1, 0), strict: true, limit: 2 })
    assert.deepEqual(
      byVector.map((hit) => hit.passageId),
      ['near', 'alike'],
    )
  })

  test('making an index twice keeps it, and tells which model made its vectors, of how many dimensions', async (t) => {
    const { index, workspaceId, found } = await start(t, [{ passageId: 'a', vector: Float32Array.of(1, 0) }])
    const { live, next } = await index.look(workspaceId)
    assert.equal(next, undefined)
    assert.deepEqual([live?.embeddingModel, live?.dimensions], [undefined, 2])
    assert.equal((await index.make(workspaceId, 'live', 'openai/other')).name, live?.name)
    assert.deepEqual(await found(), ['a'])
    const other = newId('wsp')
    await index.make(other, 'live', 'openai/other')
    assert.equal((await index.look(other)).live?.embeddingModel, 'openai/other')
  })

  test('two who make the same index at once both succeed, and it can be used', async (t) => {
    const index = await open(t)
    const workspaceId = newId('wsp')
    const made = await Promise.all(Array.from({ length: 4 }, () => index.make(workspaceId, 'live', undefined)))
    assert.equal(new Set(made.map(({ name }) => name)).size, 1)
    await index.put(workspaceId, [aRow({ passageId: 'a' })])
    await index.refresh(workspaceId)
    const { byWords } = await index.find(workspaceId, { words: 'vacation', limit: 3, filter: aFilter({}) })
    assert.equal(byWords.length, 1)
  })

  test('the next index is filled beside the live one, which alone is searched, and then takes its place at once', async (t) => {
    const { index, workspaceId, found, ask, put } = await start(t, [
      { passageId: 'old', vector: Float32Array.of(1, 0) },
    ])
    const next = await index.make(workspaceId, 'next', 'openai/other')
    const vector = Float32Array.of(0, 1, 0)
    await index.put(
      workspaceId,
      ['new', 'both'].map((passageId) => aRow({ passageId, vector })),
      'next',
    )
    await index.refresh(workspaceId, 'next')
    await put({ passageId: 'both' })
    assert.deepEqual((await found()).sort(), ['both', 'old'])
    assert.deepEqual([await index.count(workspaceId), await index.count(workspaceId, 'next')], [2, 2])
    await index.remove(workspaceId, ['both/full'], 'next')
    await index.promote(workspaceId)
    const { byWords, byVector, index: asked } = await ask({}, { vector })
    assert.deepEqual([byWords[0]?.passageId, byVector[0]?.passageId, asked], ['new', 'new', next.name])
    assert.deepEqual(await index.look(workspaceId), { live: { ...next, dimensions: 3 } })
    await put({ passageId: 'later' })
    assert.deepEqual((await found()).sort(), ['later', 'new'])
    await assert.rejects(index.put(workspaceId, [aRow({})], 'next'), IndexMissing)
    await assert.rejects(index.promote(workspaceId), IndexMissing)
    assert.equal((await found()).length, 2)
  })

  test('a next index can be dropped, also when there is none, and a new one begins empty', async (t) => {
    const { index, workspaceId, found } = await start(t, [{ passageId: 'a' }])
    await index.make(workspaceId, 'next', undefined)
    await index.put(workspaceId, [aRow({})], 'next')
    for (let round = 0; round < 2; round++) await index.dropNext(workspaceId)
    assert.equal((await index.look(workspaceId)).next, undefined)
    await index.make(workspaceId, 'next', undefined)
    await index.refresh(workspaceId, 'next')
    assert.equal(await index.count(workspaceId, 'next'), 0)
    await index.sweep(workspaceId)
    assert.deepEqual(await found(), ['a'])
  })

  test('rows are listed as they stand, by document, all of them or those of some', async (t) => {
    const deny = ['group:x', 'user:ben']
    const { index, workspaceId } = await start(t, [
      { passageId: 'b', documentId: 'doc_2', hash: 'h2', contentVersion: 'ver_9' },
      { passageId: 'a', documentId: 'doc_2', deny, allow: [], pairs: ['s1/full', 's1/redacted'], revision: 7 },
      { passageId: 'a', documentId: 'doc_1', view: 'redacted' },
      { passageId: 'c', documentId: 'doc_3', denyAgents: ['*'], space: 'space:9' },
    ])
    const listed = async (documentIds?: string[]) =>
      (await Array.fromAsync(index.list(workspaceId, 'live', documentIds))).flat()
    const all = await listed()
    assert.deepEqual(
      all.map(({ documentId, rowId }) => `${documentId} ${rowId}`),
      ['doc_1 a/redacted', 'doc_2 a/full', 'doc_2 b/full', 'doc_3 c/full'],
    )
    const [, a, b, c] = all
    assert.deepEqual(
      [a?.allow, a?.deny.toSorted(), a?.pairs.toSorted(), a?.revision],
      [[], deny, ['s1/full', 's1/redacted'], 7],
    )
    assert.deepEqual([b?.hash, b?.contentVersion], ['h2', 'ver_9'])
    assert.deepEqual([c?.denyAgents, c?.space], [['*'], 'space:9'])
    assert.deepEqual(
      (await listed(['doc_3', 'doc_1', 'doc_x'])).map(({ documentId }) => documentId),
      ['doc_1', 'doc_3'],
    )
    assert.deepEqual(await listed([]), [])
  })

  test('more rows than a page has are all listed, once', async (t) => {
    const { index, workspaceId } = await start(t)
    const ids = Array.from({ length: 2500 }, (_, at) => `p${String(at).padStart(4, '0')}`)
    await index.put(
      workspaceId,
      ids.map((passageId) => aRow({ passageId, text: 'x' })),
    )
    await index.refresh(workspaceId)
    const listed = (await Array.fromAsync(index.list(workspaceId, 'live'))).flat().map(({ rowId }) => rowId)
    assert.deepEqual(
      listed,
      ids.map((id) => `${id}/full`),
    )
    assert.equal(await index.count(workspaceId), ids.length)
  })

  test('vectors of other dimensions are refused one by one, and a query with such a vector is told so', async (t) => {
    const { index, workspaceId, found, ask } = await start(t, [{ passageId: 'a', vector: Float32Array.of(1, 0) }])
    const refused = await index.put(workspaceId, [
      aRow({ passageId: 'b', vector: Float32Array.of(1, 0, 0) }),
      aRow({ passageId: 'c', vector: Float32Array.of(0, 1) }),
      aRow({ passageId: 'd' }),
    ])
    await index.refresh(workspaceId)
    assert.deepEqual(
      refused.map(({ rowId }) => rowId),
      ['b/full'],
    )
    assert.match(refused[0]?.reason ?? '', /dimensions/)
    assert.deepEqual((await found()).sort(), ['a', 'c', 'd'])
    for (const strict of [false, true]) {
      await assert.rejects(ask({}, { vector: Float32Array.of(1, 0, 0), strict }), OtherDimensions)
    }
  })

  test('a workspace without an index says so, whatever is asked of it', async (t) => {
    const index = await open(t)
    const none = newId('wsp')
    await index.make(newId('wsp'), 'live', undefined)
    assert.deepEqual(await index.look(none), {})
    const query = { words: 'x', limit: 1, filter: aFilter({}) }
    await assert.rejects(index.find(none, query), IndexMissing)
    await assert.rejects(index.find(none, { ...query, vector: Float32Array.of(1) }), IndexMissing)
    await assert.rejects(index.put(none, [aRow({})]), IndexMissing)
    await assert.rejects(index.remove(none, ['a/full']), IndexMissing)
    await assert.rejects(index.updateAccess(none, [{ rowIds: ['a/full'], access: anAccess }]), IndexMissing)
    assert.equal(await index.answers(), true)
  })
}

const anAccess: RowAccess = {
  allow: ['user:ana'],
  deny: [],
  denyAgents: [],
  pairs: ['s1/full'],
  space: 'space:1',
  revision: 1,
}

function aRow(partial: Partial<IndexRow>): IndexRow {
  return {
    ...anAccess,
    passageId: 'p',
    documentId: 'doc_1',
    dataSourceId: 'src_1',
    contentVersion: 'ver_1',
    view: 'full',
    hash: 'h',
    title: 'A page',
    headings: [],
    text: 'Everybody has 25 days of vacation.',
    authors: [],
    ...partial,
  }
}

const aFilter = (partial: Partial<ReaderFilter>): ReaderFilter => ({
  names: [['user:ana', 'public']],
  pairs: ['s1/full', 's2/full'],
  agents: [],
  scopes: [],
  exceptDocumentIds: [],
  breakGlass: { documentIds: [], spaces: [], pairs: [] },
  revision: 1,
  ...partial,
})
