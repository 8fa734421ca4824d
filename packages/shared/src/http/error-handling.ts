import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Fault } from '../fault/fault.ts'
import { FaultError } from './fault-error.ts'
import { httpFaults, notFound } from './faults.ts'
import { problemMediaType, problemOf } from './problem.ts'
import { InvalidRequest } from './validation.ts'

/** Everything that goes wrong in a request ends here, as a problem document. A part of the routes may answer in another shape. */
export function addErrorHandling(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, faultOf(error, request)))
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, notFound()))
}

/** The path without its query. */
export const pathOf = (url: string) => url.split('?', 1)[0] ?? url

export function sendProblem(request: FastifyRequest, reply: FastifyReply, fault: Fault): FastifyReply {
  const problem = problemOf(fault, { path: pathOf(request.url), traceId: request.id })
  if (fault.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(fault.retryAfterMs / 1000))
  return reply
    .code(fault.status)
    .type(problemMediaType)
    .serializer((value) => JSON.stringify(value))
    .send(problem)
}

/** The fault that an error of a route or of Fastify itself stands for. A bug is logged, and its text shown to nobody. */
export function faultOf(error: unknown, request: FastifyRequest): Fault {
  if (error instanceof FaultError) {
    if (error.fault.status >= 500) request.log.warn({ fault: error.fault }, 'Answered with a fault')
    return error.fault
  }
  // An address that can't name anything names nothing.
  if (error instanceof InvalidRequest) return error.validationContext === 'params' ? notFound() : invalid(error)
  const { statusCode = 500 } = error as FastifyError
  if (statusCode >= 400 && statusCode < 500) return faultOfFastify(error as FastifyError, request)
  request.log.error({ err: error }, 'A request failed')
  return httpFaults.fault('internal', 'Something went wrong on our side; the traceId finds it in the log.')
}

function invalid({ errors }: InvalidRequest): Fault {
  const [first] = errors
  const detail = first ? `${first.field === '' ? 'The body' : first.field} ${first.rule}.` : 'It breaks a rule.'
  return httpFaults.fault('invalid-request', detail, { errors })
}

function faultOfFastify(error: FastifyError, request: FastifyRequest): Fault {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE': {
      const rule = `must be at most ${request.routeOptions.bodyLimit} bytes`
      return httpFaults.fault('too-large', `The body ${rule}.`, { errors: [{ field: '', rule }] })
    }
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return httpFaults.fault('unsupported-media-type', 'The body must be `application/json`.')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return httpFaults.fault('invalid-request', 'The body is empty; JSON is expected.', {
        errors: [{ field: '', rule: 'is required' }],
      })
    case 'FST_ERR_BAD_URL':
      return httpFaults.fault('invalid-request', 'The address is not validly encoded.')
    default:
      return error instanceof SyntaxError || error.code === 'FST_ERR_CTP_INVALID_JSON_BODY'
        ? httpFaults.fault('invalid-request', 'The body is not valid JSON.', {
            errors: [{ field: '', rule: 'must be valid JSON' }],
          })
        : httpFaults.fault('invalid-request', `${STATUS_CODES[error.statusCode ?? 400] ?? 'Bad Request'}.`)
  }
}
