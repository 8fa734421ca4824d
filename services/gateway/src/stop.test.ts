import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { newId } from '@tessera/shared/ids/ids'
import { allEventsIn } from '../test/events.ts'

function startProcess(t: TestContext, variables: Record<string, string>): ChildProcess {
  const child = fork(fileURLToPath(new URL('../test/serving-process/main.ts', import.meta.url)), {
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'silent', ...variables },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}

const headers = { authorization: 'Bearer tsk_load', 'content-type': 'application/json' }

test('SIGTERM under load: what is in flight is answered in full, nothing new is accepted, and it ends with 0', async (t) => {
  const [searches, streams] = [20, 5]
  const child = startProcess(t, { AT_WORK: String(searches + streams) })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const url = `http://127.0.0.1:${port}/v1`
  const post = (path: string, body: unknown, more = {}) =>
    fetch(`${url}${path}`, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) })
  const atWork = once(child, 'message')
  const answers = Array.from({ length: searches }, async () => {
    const response = await post('/search', { query: 'a' })
    return [response.status, Object.keys((await response.json()) as object)]
  })
  const streamed = Array.from({ length: streams }, async () => {
    const path = `/conversations/${newId('cnv')}/messages`
    const response = await post(path, { text: 'a' }, { accept: 'text/event-stream' })
    return (await allEventsIn(response)).map(({ event }) => event)
  })
  await atWork
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  for (const answer of await Promise.all(answers)) assert.deepEqual(answer, [200, ['passages', 'decisionId']])
  for (const events of await Promise.all(streamed))
    assert.deepEqual(events, ['run.started', 'text.delta', 'run.completed'])
  assert.deepEqual(await exited, [0, null])
  await assert.rejects(post('/search', { query: 'a' }))
})

test('a process whose configuration is not valid names every bad variable and does not start', async (t) => {
  const child = startProcess(t, { PORT: '99999', LOG_LEVEL: 'loud' })
  const [texts, [code]] = await Promise.all([child.stderr?.toArray(), once(child, 'exit')])
  assert.equal(code, 78)
  const text = String(texts?.join(''))
  for (const name of ['PORT', 'LOG_LEVEL', 'AT_WORK']) assert.match(text, new RegExp(`^ {2}${name} `, 'm'))
})
