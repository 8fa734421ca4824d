import assert from 'node:assert/strict'
import type { PushSource } from '@tessera/testkit/builders'
import { membership } from '../src/api.ts'
import { addressOf, asked, askedIn, found, type Lab, newWord, reranked } from './thirty-leaks.lab.ts'
import type { Leak } from './thirty-leaks.leak.ts'

/** What labels leave of a text, with caches warm. */
export const labelLeaks: readonly Leak[] = [
  {
    number: 20,
    name: 'a variant made for one label is not served for another, nor for one that was added later',
    async run(lab) {
      const { first, second, documentId, topic, people, show } = await labelled(lab, 20)
      await lab.clear(people.both, 'leak20.a', 'leak20.b')
      await lab.clear(people.one, 'leak20.a')
      const whole = await show('leak20-both')
      assert.ok(whole.includes(first) && whole.includes(second))
      // Whoever lacks one clearance gets the variant that masks the spans of all.
      for (const who of ['leak20-one', 'leak20-none']) {
        const redacted = await show(who)
        assert.ok(
          redacted.includes(topic) && redacted.includes('[a]') && redacted.includes('[b]'),
          `${who}: ${redacted}`,
        )
        assert.ok(!redacted.includes(first) && !redacted.includes(second), who)
        // Its row has a vector of its own masked text: that may come near to any query.
        for (const word of lab.world.vectors ? [] : [first, second])
          assert.ok(!(await found(lab, who, word)).some((passage) => passage.documentId === documentId), word)
      }
      // A label that nothing was masked for leaves no redacted text at all.
      await lab.label('leak20.c', { requires: ['leak20.c'], below: 'redacted' })
      const layer = { deny: [], gates: [], denyAgents: [], labels: ['leak20.c'] }
      await lab.admin.send('PUT', `/v1/documents/${documentId}/access`, layer)
      for (const who of ['leak20-both', 'leak20-one', 'leak20-none']) {
        const left = await show(who)
        for (const word of [first, second, topic]) assert.ok(!left.includes(word), `${who}: ${left}`)
      }
      await lab.clear(people.both, 'leak20.a', 'leak20.b', 'leak20.c')
      assert.ok((await show('leak20-both')).includes(first))
    },
  },
  {
    number: 21,
    name: 'a clearance revoked, and a label defined anew or deleted, count at once with warm caches',
    async run(lab) {
      const { source, first, second, topic, people, show } = await labelled(lab, 21)
      await lab.clear(people.both, 'leak21.a', 'leak21.b')
      const group = await lab.group('Cleared', people.one)
      await lab.clear(group, 'leak21.a', 'leak21.b')
      const warm = async (...who: string[]) => {
        for (const one of [...who, ...who]) assert.ok((await show(one)).includes(first), one)
      }
      const closed = async (who: string, ...words: string[]) => {
        const left = await show(who)
        for (const word of words) assert.ok(!left.includes(word), `${who}: ${left}`)
      }
      await warm('leak21-both', 'leak21-one')
      await lab.clear(people.both, 'leak21.a')
      await closed('leak21-both', first, second)
      await lab.admin.send('DELETE', membership(group, people.one))
      await closed('leak21-one', first, second)
      await lab.clear(people.both, 'leak21.a', 'leak21.b')
      await lab.admin.send('PUT', membership(group, people.one))
      await warm('leak21-both', 'leak21-one')
      await lab.label('leak21.b', { requires: ['leak21.b', 'leak21.more'], below: 'none' })
      for (const who of ['leak21-both', 'leak21-one', 'leak21-none']) await closed(who, first, second, topic)
      await lab.label('leak21.b', { requires: ['leak21.b'], below: 'redacted' })
      await warm('leak21-both', 'leak21-one')
      await lab.admin.send('DELETE', '/v1/labels/leak21.b')
      for (const who of ['leak21-both', 'leak21-one']) await closed(who, first, second, topic)

      const [subject, secret, titled] = [newWord('topic'), newWord('canary'), newWord('canary')]
      await lab.label('leak21.title', { requires: ['leak21.title'], below: 'redacted' })
      const text = `# About ${titled}\n\nThe ${subject} earns ${secret}.`
      const marks = [{ label: 'leak21.title', kind: 'pay', quote: secret }]
      await lab.put(source, 'titled', text, { allow: ['workspace:members'] }, marks)
      const shown = async () =>
        JSON.stringify([
          await found(lab, 'leak21-none', subject),
          await lab.say('leak21-none', 'GET', addressOf(source, 'titled')),
        ])
      const before = await shown()
      assert.ok(before.includes(titled) && !before.includes(secret))
      await lab.label('leak21.title', { requires: ['leak21.title'], below: 'redacted', hidesTitle: true })
      const after = await shown()
      assert.ok(!after.includes(titled), `${titled} is hidden at once: ${after}`)
    },
  },
  {
    number: 22,
    name: 'labelled text reaches no model that is not cleared for it: not as prompt, title, heading, history or vector',
    async run(lab) {
      await lab.label('leak22', { requires: ['leak22'], below: 'redacted', hidesTitle: true })
      const source = await lab.source('Sent')
      const ana = await lab.person('leak22-ana')
      await lab.person('leak22-ben')
      await lab.clear(ana, 'leak22')
      const [topic, canary, open] = [newWord('topic'), newWord('canary'), newWord('open')]
      const text = `# Title of ${canary}\n\n## Heading of ${canary}\n\nThe ${topic} earns ${canary} a year.`
      await lab.put(source, 'pay', text, { allow: ['workspace:members'] }, [
        { label: 'leak22', kind: 'salary', quote: canary },
      ])
      await lab.put(source, 'open', `The ${open} is for all.`, { allow: ['workspace:members'] })
      // An agent gives its user no more than it is itself cleared for.
      const models = {
        leak22: 'openai-compatible/recorded',
        'leak22-cleared': 'openai-compatible/cleared',
        'leak22-inside': 'tessera/extractive',
      }
      for (const [handle, model] of Object.entries(models))
        await lab.clear(`agent:${await lab.agent(handle, { model })}`, 'leak22')
      const question = `What does the ${topic} earn?`

      const whole = (await found(lab, 'leak22-ana', topic)).find((passage) => passage.text.includes(canary))
      assert.ok(whole)
      await found(lab, 'leak22-ben', topic)
      // Only the cluster reranks: what Ben found, and nothing of what Ana did.
      assert.equal(
        reranked.some((sent) => sent.includes(topic) && sent.includes('[salary]')),
        lab.world.vectors,
      )
      const refused = await asked(lab, 'leak22-ana', 'leak22', question)
      assert.match(refused.reply.text, /models\.not-cleared/)
      // What the built-in model said is history in the next question, and no cloud model hears it.
      const inside = await asked(lab, 'leak22-ana', 'leak22-inside', question)
      assert.ok(inside.reply.text.includes(canary))
      const redacted = await asked(lab, 'leak22-ben', 'leak22', question)
      assert.match(redacted.reply.text, /run\.completed/)
      assert.ok(redacted.reply.text.includes('[salary]'))
      lab.assertNotTold('leak22-ben', canary, 'a redacted passage')
      assert.ok(lab.sent().includes(topic), 'the provider was asked with the masked text')
      // A digest is drafted from the masked text; what the model says to it is dropped if it says more.
      const draft = { model: 'openai-compatible/recorded' }
      await lab.say('leak22-ana', 'POST', `/v1/passages/${whole.passageId}/digest/draft`, draft)
      assert.match(lab.sent(), /You write digests/)
      await assertHistoryStays(lab, { source, topic, canary })
      assert.ok(
        !lab.sent().includes(canary),
        'no text of the label was sent, neither to be answered nor to be embedded',
      )

      const cleared = await asked(lab, 'leak22-ana', 'leak22-cleared', question)
      assert.ok(cleared.reply.text.includes(canary) && lab.sent().includes(canary))
    },
  },
]

/** An answer made of labelled text is history for no other model, though the passage that it was made from is gone and the document is for everybody. */
async function assertHistoryStays(
  lab: Lab,
  { source, topic, canary }: { source: PushSource; topic: string; canary: string },
) {
  const agent = await lab.agent('leak22-history', { model: 'tessera/extractive' })
  await lab.clear(`agent:${agent}`, 'leak22')
  const { reply, conversationId } = await asked(lab, 'leak22-ana', 'leak22-history', `What does the ${topic} earn?`)
  assert.ok(reply.text.includes(canary))
  await lab.put(source, 'pay', `The ${topic} earns enough.`, { allow: ['workspace:members'] })
  const definition = {
    instructions: 'Answer from the passages.',
    scope: { kind: 'everything' },
    model: 'openai-compatible/recorded',
  }
  await lab.admin.send('POST', `/v1/agents/${agent}/versions`, definition)
  await lab.admin.send('POST', `/v1/agents/${agent}/versions/2/publish`)
  const memo = await askedIn(lab, 'leak22-ana', conversationId, { text: 'Rewrite that as a memo.' })
  assert.match(memo.reply.text, /models\.not-cleared/)
  await lab.put(source, 'pay', `The ${topic} earns ${canary} a year.`, { allow: ['workspace:members'] }, [
    { label: 'leak22', kind: 'salary', quote: canary },
  ])
}

/** A passage with two secrets under two labels; who holds both clearances, one, and none; and all that somebody is shown of it. */
async function labelled(lab: Lab, number: number) {
  const name = `leak${number}`
  const source = await lab.source(`Labelled ${number}`)
  const people = {
    both: await lab.person(`${name}-both`),
    one: await lab.person(`${name}-one`),
    none: await lab.person(`${name}-none`),
  }
  for (const part of ['a', 'b'])
    await lab.label(`${name}.${part}`, { requires: [`${name}.${part}`], below: 'redacted' })
  const [topic, first, second] = [newWord('topic'), newWord('canary'), newWord('canary')]
  const documentId = await lab.put(
    source,
    'pay',
    `The ${topic} earns ${first}, and then ${second}.`,
    { allow: ['workspace:members'] },
    [
      { label: `${name}.a`, kind: 'a', quote: first },
      { label: `${name}.b`, kind: 'b', quote: second },
    ],
  )
  const agent = await lab.agent(name, { model: 'tessera/extractive' })
  await lab.clear(`agent:${agent}`, ...['a', 'b', 'c', 'more'].map((part) => `${name}.${part}`))
  const [passage] = (await lab.done<{ passages: { passageId: string }[] }>('admin', 'GET', addressOf(source, 'pay')))
    .passages
  const passageId = passage?.passageId ?? ''
  /** Search by the topic and by the words themselves, the passage, the document, and what an agent makes of it. The question itself stands in none of it. */
  const show = async (who: string): Promise<string> => {
    const texts = (await found(lab, who, topic)).map((passage) => JSON.stringify(passage))
    for (const path of [`/v1/citations/${passageId}`, addressOf(source, 'pay')])
      texts.push((await lab.say(who, 'GET', path)).text)
    const { reply } = await asked(lab, who, name, 'What is earned first, and what then?')
    return [...texts, reply.text].join('\n')
  }
  return { source, topic, first, second, documentId, people, show }
}
