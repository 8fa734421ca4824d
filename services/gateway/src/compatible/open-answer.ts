import { agentsContract } from '@tessera/shared/contracts/agents'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults } from '@tessera/shared/http/faults'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Edge } from '../edge/edge.ts'
import { idempotencyKeyOf } from '../edge/idempotency-key.ts'
import { hasScope, identityOf, type Scope } from '../edge/identity.ts'
import { agentPurpose } from '../edge/purpose.ts'
import { answerOfRun, askOf, handleOf } from './agent-answer.ts'
import type { Answer, AnswerEvents } from './answer-event.ts'
import { type FieldNames, inWordsOf } from './field-names.ts'
import type { ModelRequest } from './model-request.ts'

const { ask } = agentsContract.operations
const { complete } = modelsContract.operations

/** Whom a request asks, an agent or a raw model, and what they answer. Faults name the fields as the API that was called does. */
export function openAnswer(
  http: { request: FastifyRequest; reply: FastifyReply },
  asked: ModelRequest,
  { edge, names }: { edge: Edge; names: FieldNames },
): Result<Answer> {
  const handle = handleOf(asked.model)
  requireScope(http.request, handle === undefined ? 'models' : 'ask')
  const answer = handle === undefined ? askModel(http, asked, edge) : askAgent(http, asked, handle, edge)
  return answer.ok ? ok({ events: answer.value, names }) : fail(inWordsOf(names, answer.fault))
}

type Http = Parameters<typeof openAnswer>[0]

function askAgent({ request, reply }: Http, asked: ModelRequest, handle: string, edge: Edge): Result<AnswerEvents> {
  const input = askOf(asked, handle)
  if (!input.ok) return input
  const idempotencyKey = idempotencyKeyOf(request)
  const purpose = agentPurpose(request)
  const call = edge.callOf(request, reply, { timeoutMs: ask.timeoutMs, purpose })
  const keyed = {
    ...input.value,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(purpose.ofAgent !== undefined && { purpose: purpose.ofAgent }),
  }
  return ok(answerOfRun(edge.clients.agents.ask(keyed, call), asked.model))
}

/** A raw call of a model: nothing of ours is in the prompt, so it carries no decisions. */
function askModel({ request, reply }: Http, asked: ModelRequest, edge: Edge): Result<AnswerEvents> {
  if (idempotencyKeyOf(request) !== undefined) return fail(invalidKey())
  const call = edge.callOf(request, reply, { timeoutMs: complete.timeoutMs })
  return ok(edge.clients.models.complete({ ...asked, decisionIds: [] }, call))
}

const invalidKey = () =>
  httpFaults.fault('invalid-request', 'Idempotency-Key is not kept for raw models.', {
    errors: [{ field: 'Idempotency-Key', rule: 'is not kept for raw models' }],
  })

export function requireScope(request: FastifyRequest, scope: Scope): void {
  if (!hasScope(identityOf(request), scope))
    throw new FaultError(httpFaults.fault('forbidden', `This needs a key with the scope all or ${scope}.`))
}
