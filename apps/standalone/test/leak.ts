import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileScope } from '@tessera/testkit/file-scope'
import { LLMock } from '@copilotkit/aimock'
import type { Passage } from '@tessera/shared/contracts/retrieval/passages'
import { demo, groupsOf, pagesShownBy, people, questions, readableTo } from '../../../samples/handbook/reading.ts'
import { membership } from '../src/api.ts'
import { type Handbook, identityPath, loadHandbook } from './handbook.ts'
import { ask, replay, search } from './scenarios.ts'
import type { TestScope } from '@tessera/testkit/test-scope'
import type { World } from './world.ts'

function assertNothingHidden(person: string, text: string, where: string) {
  const readable = readableTo(person)
  assert.deepEqual(
    [...pagesShownBy(text)].filter((page) => !readable.has(page)),
    [],
    `${person} was shown in ${where}`,
  )
}

/** A reproducible choice; the seed is in the test's name when it fails. */
function* random(seed: number) {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    yield state / 2 ** 32
  }
}

const seed = 20_261_123

/**
 * The leak test, for any shape: random readers ask the sample's questions, and nothing that they may not read reaches them or a prompt made for them.
 * Who may read what comes from the sample's own plain reading, not from the product.
 */
export function leakTests(makeWorld: (scope: TestScope, providerUrl: string) => Promise<World>): void {
  const scope = fileScope()
  const provider = new LLMock({ port: 0 })
  let world: World
  let handbook: Handbook

  before(async () => {
    // It answers with two markers, one of which may not exist: citations are made from what it was given all the same.
    provider.onMessage(/[\s\S]*/, {
      content: 'So it says [1] and also [7], see https://elsewhere.example/?q=1 for more.',
    })
    await provider.start()
    world = await makeWorld(scope, `${provider.url}/v1`)
    handbook = await loadHandbook(world, { model: 'openai-compatible/recorded' })
  })
  after(() => provider.stop())

  test(`300 searches by random readers give nothing unreadable (seed ${seed})`, async () => {
    const next = random(seed)
    const pick = <T>(items: readonly T[]) => items[Math.floor((next.next().value as number) * items.length)] as T
    let found = 0
    for (let index = 0; index < 300; index++) {
      const person = pick(people).id
      const { question } = pick(questions)
      const response = await fetch(`${world.url}/v1/search`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await world.tokenFor(person)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: question, limit: 20 }),
      })
      const text = await response.text()
      assert.equal(response.status, 200, text)
      const { passages } = JSON.parse(text) as { passages: Passage[] }
      const readable = readableTo(person)
      assert.deepEqual(
        passages.map((passage) => passage.externalId ?? '').filter((page) => !readable.has(page)),
        [],
        `${person}: ${question}`,
      )
      assertNothingHidden(person, text, question)
      assert.doesNotMatch(text, /"(total|score|count|hits)"/, 'no counts, no scores')
      if (readable.size === 0) assert.deepEqual(passages, [])
      found += passages.length
    }
    assert.ok(found > 1000, `only ${found} passages were found at all`)
  })

  test('whoever may read the page that answers finds it', async () => {
    let asked = 0
    let hit = 0
    for (const { question, pages: answering } of questions) {
      const reader = people.find((person) => answering.some((page) => readableTo(person.id).has(page)))
      if (!reader) continue
      const passages = await search(await world.as(reader.id), question)
      asked++
      if (passages.some((passage) => answering.includes(passage.externalId ?? ''))) hit++
    }
    assert.ok(hit / asked > 0.85, `${hit} of ${asked}`)
  })

  test('nothing unreadable reaches a prompt, an answer, a citation or an event', async () => {
    const next = random(seed + 1)
    for (let index = 0; index < 60; index++) {
      const person = people[Math.floor((next.next().value as number) * people.length)]?.id ?? ''
      const { question } = questions[Math.floor((next.next().value as number) * questions.length)] ?? demo
      provider.clearRequests()
      const asked = await ask(await world.as(person), 'handbook', question)
      const prompts = JSON.stringify(provider.getRequests().map((request) => request.body))
      assertNothingHidden(person, prompts, `the prompt for ${question}`)
      assertNothingHidden(person, JSON.stringify(asked.events), `the events for ${question}`)
      const given = asked.events.find((event) => event.type === 'passages.found')?.passages ?? []
      assert.ok(
        asked.cited.every((title) => given.some((passage) => passage.title === title)),
        'only what the model was given is cited',
      )
      assert.doesNotMatch(asked.text, /https:/, 'no link that stands in no passage')
    }
  })

  test('revoked, then asked at once: gone, in thirty trials, and back when given again', async () => {
    const readers = people.filter((person) => readableTo(person.id).size > 0).slice(0, 15)
    for (const [index, reader] of [...readers, ...readers].entries()) {
      const api = await world.as(reader.id)
      const query = questions[index % questions.length]?.question ?? ''
      const user = handbook.userOf(reader.id)
      const path =
        reader.guest && index % 2
          ? membership(handbook.space, user)
          : identityPath(user, handbook.dataSourceId, reader.id)
      const before = await search(api, query)
      await world.admin.send('DELETE', path)
      assert.deepEqual(await search(api, query), [], `${reader.id} after the revocation was acknowledged`)
      for (const passage of before.slice(0, 1)) {
        await assert.rejects(api.get(`/v1/citations/${passage.passageId}`), /404/)
      }
      await world.admin.send('PUT', path)
      assert.equal((await search(api, query)).length, before.length)
    }
  })

  test('an answer closes with its sources, also when it is replayed', async () => {
    const [reader] = people
    assert.ok(reader && groupsOf(reader.id).size > 0)
    const asked = await ask(
      await world.as(reader.id),
      'handbook',
      questions.find(({ pages: [page] }) => readableTo(reader.id).has(page ?? ''))?.question ?? '',
    )
    const path = identityPath(handbook.userOf(reader.id), handbook.dataSourceId, reader.id)
    await world.admin.send('DELETE', path)
    await assert.rejects(replay(world, reader.id, asked), /withheld|403|404/)
    const shown = JSON.stringify(await (await world.as(reader.id)).get(`/v1/conversations/${asked.conversationId}`))
    assert.doesNotMatch(shown, /So it says/)
    await world.admin.send('PUT', path)
  })
}
