import type { Fault } from '@tessera/shared/fault/fault'
import { pathOf } from '@tessera/shared/http/error-handling'
import { problemOf } from '@tessera/shared/http/problem'
import type { FastifyRequest } from 'fastify'
import { publicFault } from '../edge/public-fault.ts'
import { frame } from './event-stream.ts'

/** What a native stream says before the connection is cut, so that nobody takes it for ended. */
export const broken = (request: FastifyRequest, fault: Fault) =>
  frame(problemOf(publicFault(fault), { path: pathOf(request.url), traceId: request.id }), { event: 'stream.broken' })
