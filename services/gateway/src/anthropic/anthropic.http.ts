import type { App } from '@tessera/shared/http/create-app'
import { faultOf } from '@tessera/shared/http/error-handling'
import type { Edge } from '../edge/edge.ts'
import { addCountTokens } from './count-tokens.http.ts'
import { anthropicError } from './error-shape.ts'
import { addMessagesApi } from './messages.http.ts'

/** The routes that Anthropic's clients know, in their shapes, errors included. */
export function addAnthropic(app: App, edge: Edge): void {
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error, request)
    if (fault.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(fault.retryAfterMs / 1000))
    return reply.code(fault.status).type('application/json').send(anthropicError(fault, request.id))
  })
  // Where their clients look for what to quote in a report.
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('request-id', request.id)
    done(null, payload)
  })
  addMessagesApi(app, edge)
  addCountTokens(app, edge)
}
