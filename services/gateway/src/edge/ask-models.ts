import type { Call } from '@tessera/shared/bus/call'
import type { Result } from '@tessera/shared/fault/result'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IdentifyAnew } from './authenticate.ts'
import type { CallOf } from './call.ts'

type Http = { readonly request: FastifyRequest; readonly reply: FastifyReply }
type Options = { readonly timeoutMs?: number }
type Deps = { readonly callOf: CallOf; readonly identifyAnew: IdentifyAnew }

export type AskModels = ReturnType<typeof createAskModels>

/**
 * Calls of model-router for whom the gateway remembers. It asks itself whether they are still who they were found to be; if anything has changed since, they are identified anew, and
 * asked for once more. By then nothing was done for them.
 */
export function createAskModels({ callOf, identifyAnew }: Deps) {
  const callFor = ({ request, reply }: Http, options: Options) =>
    callOf(request, reply, { ...options, checksRevision: true })

  async function anew({ request, reply }: Http, options: Options): Promise<Call> {
    await identifyAnew(request, reply)
    return callOf(request, reply, options)
  }

  return {
    async once<T>(http: Http, send: (call: Call) => Promise<Result<T>>, options: Options = {}): Promise<Result<T>> {
      const answered = await send(callFor(http, options))
      return isOutdated(answered) ? send(await anew(http, options)) : answered
    },

    stream<T>(http: Http, open: (call: Call) => AsyncIterable<Result<T>>, options: Options): AsyncIterable<Result<T>> {
      let source = open(callFor(http, options))[Symbol.asyncIterator]()
      let begun = false
      async function first() {
        const next = await source.next()
        if (next.done || !isOutdated(next.value)) return next
        await source.return?.()
        source = open(await anew(http, options))[Symbol.asyncIterator]()
        return source.next()
      }
      const iterator: AsyncIterator<Result<T>> = {
        next() {
          if (begun) return source.next()
          begun = true
          return first()
        },
        return: async () => source.return?.() ?? { done: true, value: undefined },
      }
      return { [Symbol.asyncIterator]: () => iterator }
    },
  }
}

const isOutdated = (result: Result<unknown>) => !result.ok && result.fault.code === 'models.caller-outdated'
