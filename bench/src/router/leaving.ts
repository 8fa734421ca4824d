import { setTimeout as wait } from 'node:timers/promises'
import type { Door } from './load.ts'

/** Opens streams and hangs up within the answer, for some time. */
export async function leaving(door: Door, width: number, durationMs: number) {
  const left = { requests: 0, errors: [] as string[] }
  const endsAtMs = performance.now() + durationMs
  const one = async () => {
    const leave = new AbortController()
    const answer = await fetch(door.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${door.key}` },
      body: JSON.stringify({
        model: door.model,
        messages: [{ role: 'user', content: '@@ttft=20,itl=20,n=1000@@' }],
        stream: true,
      }),
      signal: leave.signal,
    })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    await wait(200)
    leave.abort()
    left.requests++
  }
  const worker = async () => {
    while (performance.now() < endsAtMs)
      await one().catch((error: unknown) => {
        left.errors.push(String(error))
        return wait(1000)
      })
  }
  await Promise.all(Array.from({ length: width }, worker))
  return left
}
