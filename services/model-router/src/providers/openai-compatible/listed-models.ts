import type OpenAI from 'openai'
import type { Logger } from 'pino'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { ListedModel } from '../provider.ts'

const MAX_AGE_MS = 60_000
const TIMEOUT_MS = 3000

const ModelList = Type.Object({ data: Type.Array(Type.Object({ id: Type.String({ minLength: 1 }) })) })
const lists = Compile(ModelList)

/**
 * What the server says it serves. Asked at most once a minute; while it does not answer, the last list stands. The protocol does not tell
 * what a model is for, so it is taken from the name.
 */
export function createListedModels(client: OpenAI, { provider, logger }: { provider: string; logger: Logger }) {
  let models: readonly ListedModel[] = []
  let asked: { atMs: number; answer: Promise<readonly ListedModel[]> } | undefined

  async function ask(): Promise<readonly ListedModel[]> {
    try {
      // `get` and not `models.list`: the SDK's pages trust the shape of what they read.
      const answer: unknown = await client.get('/models', { signal: AbortSignal.timeout(TIMEOUT_MS) })
      if (lists.Check(answer)) models = answer.data.map(({ id }) => ({ name: id, kind: kindOf(id) }))
      else logger.warn({ provider }, 'the answer to a request for the list of models is no such list')
    } catch {
      logger.warn({ provider }, 'a provider did not list its models')
    }
    return models
  }

  return function listedModels(): Promise<readonly ListedModel[]> {
    const nowMs = performance.now()
    if (!asked || nowMs - asked.atMs > MAX_AGE_MS) asked = { atMs: nowMs, answer: ask() }
    return asked.answer
  }
}

function kindOf(name: string): ListedModel['kind'] {
  if (/rerank|cross-encoder/i.test(name)) return 'reranking'
  return /embed|(^|[/-])(bge|e5|gte|minilm)\b/i.test(name) ? 'embedding' : 'completion'
}
