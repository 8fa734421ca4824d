import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { TestScope } from '@tessera/testkit/test-scope'

/** So many texts are asked for at once: what a slow server answers before anybody loses patience. */
const batch = 16

const model = 'all-minilm-l6-v2'

/** The variables of an installation that ranks by the vectors of the server at `url`, and the vector of one text. */
export async function withVectors(t: TestScope, url: string) {
  const remembering = await rememberingEmbeddings(t, url)
  return {
    environment: {
      models: { OPENAI_COMPATIBLE_URL: remembering, OPENAI_COMPATIBLE_HOSTING: 'own' },
      retrieval: { EMBEDDING_MODEL: `openai-compatible/${model}` },
    },
    vectorOf: async (text: string): Promise<number[]> => {
      const bytes = Buffer.from((await embed(remembering, model, [text]))[0] ?? '', 'base64')
      return Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(place * 4))
    },
  }
}

type Remembered = Record<string, string>

/**
 * Stands before a server with `POST /v1/embeddings` at `url` and remembers its vectors in a file of the system's temporary folder: a model on two cores takes minutes for a
 * collection, and whoever waits for it gives up and asks again. Returns its own address.
 */
async function rememberingEmbeddings(t: TestScope, url: string): Promise<string> {
  const file = join(
    tmpdir(),
    `tessera-bench-embeddings-${createHash('sha256').update(url).digest('hex').slice(0, 12)}.json`,
  )
  const kept = () => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Remembered) : {})
  const known = kept()
  const keep = () => {
    // Another one, of another part of the bench, may have learnt more meanwhile.
    writeFileSync(`${file}.new`, JSON.stringify({ ...kept(), ...known }))
    renameSync(`${file}.new`, file)
  }
  let turn: Promise<unknown> = Promise.resolve()
  const learn = async (model: string, texts: readonly string[]) => {
    const missing = texts.filter((text) => known[keyOf(model, text)] === undefined)
    for (let from = 0; from < missing.length; from += batch) {
      const some = missing.slice(from, from + batch)
      const vectors = await embed(url, model, some)
      for (const [at, text] of some.entries()) known[keyOf(model, text)] = vectors[at] ?? ''
    }
    if (missing.length > 0) keep()
  }
  const server = createServer((request, response) => {
    void (async () => {
      response.setHeader('content-type', 'application/json')
      if (request.method === 'GET') {
        response.end(await (await fetch(`${url}${request.url?.replace(/^\/v1/, '')}`)).text())
        return
      }
      const { model, input } = JSON.parse(await bodyOf(request)) as { model: string; input: string[] }
      const mine = turn.then(() => learn(model, input))
      turn = mine.catch(() => undefined)
      await mine
      const data = input.map((text, index) => ({ object: 'embedding', index, embedding: known[keyOf(model, text)] }))
      response.end(JSON.stringify({ object: 'list', model, data, usage: { prompt_tokens: 0, total_tokens: 0 } }))
    })().catch((error: unknown) => response.writeHead(502).end(JSON.stringify({ error: { message: String(error) } })))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    keep()
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

const keyOf = (model: string, text: string) =>
  createHash('sha256')
    .update(JSON.stringify([model, text]))
    .digest('base64url')

/** Base64 of little-endian 32-bit floats, one per text. */
async function embed(url: string, model: string, texts: readonly string[]): Promise<string[]> {
  const response = await fetch(`${url}/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, input: texts, encoding_format: 'base64' }),
  })
  if (!response.ok) throw new Error(`The embedding server answered ${response.status}`)
  const { data } = (await response.json()) as { data: { index: number; embedding: string }[] }
  return data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
