import type { App } from '@tessera/shared/http/create-app'
import { faultOf } from '@tessera/shared/http/error-handling'
import type { Edge } from '../edge/edge.ts'
import { addChat } from './chat/chat.http.ts'
import { addEmbeddings } from './embeddings.http.ts'
import { openaiError } from './error-shape.ts'
import { addResponses } from './responses/responses.http.ts'

/** The routes that OpenAI's clients know, in their shapes, errors included. */
export function addOpenai(app: App, edge: Edge): void {
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error, request)
    if (fault.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(fault.retryAfterMs / 1000))
    return reply.code(fault.status).type('application/json').send(openaiError(fault))
  })
  // Where their clients look for what to quote in a report.
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id)
    done(null, payload)
  })
  addChat(app, edge)
  addResponses(app, edge)
  addEmbeddings(app, edge)
}
