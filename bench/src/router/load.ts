import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'

/** Where chats are sent to. */
export type Door = { readonly url: string; readonly key: string; readonly model: string }

export type Scenario = {
  readonly name: string
  /** Requests at once, each followed by the next. */
  readonly width: number
  readonly stream: boolean
  /** How the provider answers. */
  readonly shape: string
  /** Bytes of prompt beside that. */
  readonly padBytes?: number
}

export type Loaded = {
  requests: number
  elapsedMs: number
  chunks: number
  errors: string[]
  /** From sending to the first content, and to the last byte. Milliseconds. */
  firstMs: number[]
  wholeMs: number[]
}

/** Sends requests for some time, checks that each is answered whole, and lets what is under way end. */
export async function load(door: Door, scenario: Scenario, durationMs: number): Promise<Loaded> {
  const { origin, pathname } = new URL(door.url)
  const pool = new Pool(origin, { connections: scenario.width, pipelining: 1 })
  const loaded: Loaded = { requests: 0, elapsedMs: 0, chunks: 0, errors: [], firstMs: [], wholeMs: [] }
  const content = `@@${scenario.shape}@@ ${'All work and no play. '.repeat(Math.ceil((scenario.padBytes ?? 0) / 22))}`
  const body = JSON.stringify({
    model: door.model,
    messages: [{ role: 'user', content }],
    ...(scenario.stream && { stream: true }),
  })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${door.key}` }
  const startedMs = performance.now()
  const endsAtMs = startedMs + durationMs
  const one = async () => {
    const startMs = performance.now()
    const answer = await pool.request({ method: 'POST', path: pathname, headers, body })
    let text = ''
    let firstMs: number | undefined
    for await (const part of answer.body) {
      text += (part as Buffer).toString('latin1')
      if (firstMs === undefined && text.includes('"content":"w')) firstMs = performance.now() - startMs
    }
    if (answer.statusCode !== 200 || (scenario.stream && !text.endsWith('data: [DONE]\n\n'))) {
      loaded.errors.push(`${answer.statusCode} ${text.slice(-300)}`)
      return
    }
    loaded.requests++
    if (firstMs !== undefined) loaded.firstMs.push(firstMs)
    loaded.wholeMs.push(performance.now() - startMs)
    if (scenario.stream) loaded.chunks += text.split('"content":"w').length - 1
  }
  const worker = async () => {
    while (performance.now() < endsAtMs) {
      const before = loaded.errors.length
      await one().catch((error: unknown) => loaded.errors.push(String(error)))
      if (loaded.errors.length > before) await wait(1000)
    }
  }
  await Promise.all(Array.from({ length: scenario.width }, worker))
  loaded.elapsedMs = performance.now() - startedMs
  await pool.close()
  return loaded
}
