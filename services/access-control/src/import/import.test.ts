import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { contentOf } from '../../test/content.ts'
import { codeOf, startAccessControl, value, type Workspace } from '../../test/start-access-control.ts'

type Lines = Record<string, unknown>[]

test('an import', async (t) => {
  const access = await startAccessControl(t)
  const { gateway, db } = access
  const send = (workspace: Workspace, lines: Lines, by = workspace.admin) =>
    gateway.importFacts({ lines: lines.map((line, index) => ({ number: index + 1, line })) }, workspace.as(by))
  const start = async () => {
    const workspace = await access.aWorkspace()
    const content = contentOf(access, workspace)
    const put = async (...lines: Lines) => value(await send(workspace, lines))
    const errorsOf = async (...lines: Lines) => {
      const { errors, written } = await put(...lines)
      assert.equal(written, 0)
      return errors.map(({ number, field }) => [number, field])
    }
    const revision = async () => value(await gateway.getMe({}, workspace.asAdmin())).revision
    return { workspace, ...content, put, errorsOf, revision }
  }
  const user = ({ issuer }: Workspace, name: string, fields: object = {}) => ({
    ...{ type: 'user', name: `user:${name}`, issuer, subject: name, displayName: name },
    ...fields,
  })
  const lists = { allow: ['workspace:members'], deny: [], gates: [], denyAgents: [] }
  const aDocument = (dataSourceId: string, fields: object = {}) => ({
    ...{ type: 'document', documentId: newId('doc'), dataSourceId, contentVersion: newId('ver'), ...lists },
    ...fields,
  })
  const anAgent = (fields: object = {}) => ({
    type: 'agent',
    name: `agent:${newId('agt')}`,
    active: true,
    scope: { kind: 'everything' },
    ...fields,
  })

  /** Users, groups, a space, memberships, labels, a data source, documents with labelled passages, and agents, in this order. */
  const mixed = (workspace: Workspace, documents: number) => {
    const dataSourceId = newId('src')
    const people = Array.from({ length: 100 }, (_, index) =>
      user(workspace, `u${index}`, { clearances: index % 2 ? ['hr'] : [] }),
    )
    const groups = Array.from({ length: 20 }, (_, index) => ({
      type: 'group',
      name: `group:g${index}`,
      title: `G${index}`,
    }))
    return [
      ...people,
      ...groups,
      { type: 'space', name: 'space:main', title: 'Main' },
      { type: 'membership', container: 'space:main', member: 'workspace:members' },
      ...groups.map(({ name }, index) => ({
        type: 'membership',
        container: name,
        member: `group:g${(index + 1) % 20}`,
      })),
      ...people.map(({ name }, index) => ({ type: 'membership', container: `group:g${index % 20}`, member: name })),
      { type: 'label', label: 'salary', title: 'Salary', requires: ['hr'], below: 'none', hidesTitle: false },
      { type: 'data-source', dataSourceId, space: 'space:main' },
      ...Array.from({ length: documents }, (_, index) =>
        aDocument(dataSourceId, {
          allow: [`group:g${index % 20}`],
          passages: [
            { passageId: newId('psg'), labels: ['salary'] },
            { passageId: newId('psg'), labels: ['salary', 'x'] },
          ],
        }),
      ),
      anAgent({ clearances: ['hr'] }),
    ] as Lines
  }

  await t.test('of 2,000 lines of every kind stands at one revision, and the same again changes nothing', async () => {
    const { workspace, put, revision, readable, served } = await start()
    const lines = mixed(workspace, 1755)
    assert.equal(lines.length, 2000)
    const before = await revision()
    const first = await put(...lines)
    assert.deepEqual([first.written, first.unchanged, first.errors], [2000, 0, []])
    assert.equal(first.revision, before + 1)
    const document = lines.find(({ type }) => type === 'document') as never as {
      documentId: string
      contentVersion: string
      passages: { passageId: string }[]
    }
    const [passage] = document.passages
    const row = {
      documentId: document.documentId,
      contentVersion: document.contentVersion,
      passageId: passage?.passageId ?? '',
    }
    assert.deepEqual([(await served('user:u1', [row])).length, (await served('user:u0', [row])).length], [1, 0])
    assert.equal((await readable('user:u99', [document])).length, 1)
    const again = await put(...lines)
    assert.deepEqual([again.written, again.unchanged, again.revision], [0, 2000, first.revision])
    const changes = db.selectFrom('changes').select('operation').where('workspace_id', '=', workspace.workspaceId)
    assert.deepEqual(
      (await changes.execute()).map(({ operation }) => operation),
      ['createWorkspace', 'importFacts'],
    )
  })

  await t.test('with one bad line writes nothing of its batch, and names the line and the field', async () => {
    const { workspace, errorsOf, revision, put } = await start()
    const lines = mixed(workspace, 100)
    const place = lines.findIndex(({ type }) => type === 'document')
    const broken = lines.with(place, { ...lines[place], allow: ['nobody'] })
    const before = await revision()
    assert.deepEqual(await errorsOf(...broken), [[place + 1, '/allow/0']])
    const foreign = lines.with(place, { ...lines[place], dataSourceId: newId('src') })
    assert.deepEqual(await errorsOf(...foreign), [[place + 1, '/dataSourceId']])
    assert.equal(await revision(), before)
    assert.deepEqual(value(await gateway.listUsers({}, workspace.asAdmin())).items.length, 1)
    assert.equal((await put(...lines)).written, lines.length)
  })

  await t.test('tells every line that breaks a rule, and the rule', async () => {
    const { workspace, errorsOf, revision, put } = await start()
    await put({ type: 'space', name: 'space:s', title: 'S' })
    const before = await revision()
    const dataSourceId = newId('src')
    const label = { type: 'label', label: 'l', title: 'L', requires: [], below: 'none', hidesTitle: false }
    const passageId = newId('psg')
    const broken: [Record<string, unknown>, string][] = [
      [{ type: 'folder' }, '/type'],
      [{}, '/type'],
      [user(workspace, 'a b'), '/name'],
      [{ ...user(workspace, 'a'), name: 'group:a' }, '/name'],
      [user(workspace, 'a', { issuer: 'https://elsewhere.example' }), '/issuer'],
      [user(workspace, 'a', { password: 'secret' }), '/password'],
      [user(workspace, 'a', { displayName: 'A\u0000' }), '/displayName'],
      [aDocument(dataSourceId, { allow: ['user:\ud800'] }), '/allow/0'],
      [user(workspace, 'a', { roles: ['owner'] }), '/roles/0'],
      [{ type: 'group', name: `group:${dataSourceId}:eng`, title: 'Eng' }, '/name'],
      [{ type: 'service-account', name: 'service:x' }, '/displayName'],
      [{ type: 'space', name: 'user:s', title: 'S' }, '/name'],
      [{ type: 'membership', container: 'space:none', member: 'public' }, '/container'],
      [{ type: 'membership', container: 'space:s', member: 'user:none' }, '/member'],
      [{ type: 'membership', container: 'space:s', member: 'space:s' }, '/member'],
      [{ type: 'membership', container: `group:${dataSourceId}:eng`, member: 'public' }, '/container'],
      [{ ...label, below: 'blurred' }, '/below'],
      [{ ...label, label: 'Not A Label' }, '/label'],
      [{ type: 'data-source', dataSourceId, space: 'space:none' }, '/space'],
      [aDocument(dataSourceId), '/dataSourceId'],
      [aDocument(dataSourceId, { deny: [`agent:${newId('agt')}`] }), '/deny/0'],
      [aDocument(dataSourceId, { state: 'stale' }), '/state'],
      [
        aDocument(dataSourceId, {
          passages: [
            { passageId, labels: [] },
            { passageId, labels: [] },
          ],
        }),
        '/passages/1/passageId',
      ],
      [anAgent({ scope: { kind: 'nothing' } }), '/scope/kind'],
    ]
    for (const [line, field] of broken) assert.deepEqual(await errorsOf(line), [[1, field]], JSON.stringify(line))
    const all = await errorsOf(...broken.slice(0, 4).map(([line]) => line), label)
    assert.deepEqual(
      all.map(([number]) => number),
      [1, 2, 3, 4],
    )
    const { errors } = await put({ ...label, below: 'blurred' })
    assert.match(errors[0]?.rule ?? '', /"none" or "digest" or "redacted"/)
    assert.equal(await revision(), before)
  })

  await t.test('of a person who has a name already, or of a name that has ended, is refused', async () => {
    const { workspace, put, errorsOf, aUser, aGroup } = await start()
    await aUser({ subject: 'ana' })
    assert.deepEqual(await errorsOf(user(workspace, 'ana')), [[1, '/subject']])
    assert.deepEqual(await errorsOf(user(workspace, 'x'), user(workspace, 'y', { subject: 'x' })), [[2, '/subject']])
    // What refers to a broken line is not broken itself.
    const group = { type: 'group', name: 'group:g', title: 'G' }
    const membership = { type: 'membership', container: 'group:g', member: 'user:ana' }
    assert.deepEqual(await errorsOf(user(workspace, 'ana'), group, membership), [[1, '/subject']])
    await put(user(workspace, 'x'), user(workspace, 'y'))
    // Two who were mixed up change places.
    const swapped = await put(user(workspace, 'x', { subject: 'y' }), user(workspace, 'y', { subject: 'x' }))
    assert.equal(swapped.written, 2)
    const name = await aGroup()
    value(await gateway.deleteGroup({ name }, workspace.asAdmin()))
    assert.deepEqual(await errorsOf({ type: 'group', name, title: 'Again' }), [[1, '/name']])
  })

  await t.test('replaces what it says, and leaves what it does not say', async () => {
    const { workspace, put, errorsOf, readable, aDataSource, aSpace, write, putLayer, indexFacts } = await start()
    await put(user(workspace, 'ana', { guest: true, clearances: ['hr'] }))
    value(await gateway.updateUser({ name: 'user:ana', state: 'deactivated' }, workspace.asAdmin()))
    await put(user(workspace, 'ana', { displayName: 'Ana' }))
    const users = value(await gateway.listUsers({}, workspace.asAdmin())).items
    assert.partialDeepStrictEqual(
      users.find(({ name }) => name === 'user:ana'),
      { state: 'deactivated', guest: true, displayName: 'Ana' },
    )
    const held = value(await gateway.listClearances({}, workspace.asAdmin())).items
    assert.deepEqual(held, [{ principal: 'user:ana', clearances: ['hr'] }])

    await put(user(workspace, 'ben'))
    const source = await aDataSource(await aSpace('public'))
    const document = await write(source, { allow: [] })
    value(await putLayer(document.documentId, { labels: ['by-hand'] }))
    const passageId = newId('psg')
    const line = { ...aDocument(source), ...document, passages: [{ passageId, labels: ['a'] }] }
    await put(line)
    await put({ ...line, passages: undefined, labels: ['b'], deny: ['user:ana'] })
    const facts = await indexFacts(document.documentId)
    assert.deepEqual([facts.labels, facts.deny], [['b', 'by-hand'], ['user:ana']])
    assert.deepEqual(
      facts.passages.map(({ labels }) => labels),
      [['a', 'b', 'by-hand']],
    )
    // A later line about the same thing wins, and moves with its data source.
    const twice = await put(
      { type: 'space', name: 'space:two', title: 'Two' },
      { ...line, allow: [] },
      { ...line, labels: [] },
      { type: 'data-source', dataSourceId: source, space: 'space:two' },
    )
    assert.deepEqual([twice.written, twice.unchanged], [3, 1])
    const moved = await indexFacts(document.documentId)
    assert.deepEqual([moved.space, moved.allow, moved.labels], ['space:two', ['workspace:members'], ['by-hand']])
    assert.deepEqual(await readable('user:ben', [document]), [])
    assert.deepEqual(await errorsOf({ ...line, dataSourceId: await aDataSource(await aSpace()) }), [
      [1, '/dataSourceId'],
    ])
  })

  await t.test('is for admins, and never leaves a workspace without one', async () => {
    const { workspace, aUser, errorsOf, put } = await start()
    assert.equal(codeOf(await send(workspace, [user(workspace, 'a')], await aUser())), 'access.forbidden')
    const root = { ...user(workspace, 'root'), name: workspace.admin }
    assert.deepEqual(await errorsOf({ ...root, roles: ['member'] }), [[1, '/roles']])
    const other = user(workspace, 'second', { roles: ['admin'] })
    assert.equal((await put(other, { ...root, roles: ['member'] })).written, 2)
  })
})
