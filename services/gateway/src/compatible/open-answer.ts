import { agentsContract } from '@tessera/shared/contracts/agents'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
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
import { withOwnHeaders } from './own-fields.ts'

const { ask } = agentsContract.operations
const { complete } = modelsContract.operations

/** Whom a request asks, an agent or a raw model, and what they answer. `whole`: at its end. Faults name the fields as the API that was called does. */
export async function openAnswer(
  http: { request: FastifyRequest; reply: FastifyReply },
  given: ModelRequest,
  { edge, names, whole }: { edge: Edge; names: FieldNames; whole: boolean },
): Promise<Result<Answer>> {
  const asked = withOwnHeaders(http.request, given)
  const handle = handleOf(asked.model)
  requireScope(http.request, handle === undefined ? 'models' : 'ask')
  const answer =
    handle === undefined
      ? askModel(http, { ...asked, ...(whole && { whole }) }, edge)
      : await askAgent(http, asked, handle, edge)
  return answer.ok ? ok({ events: answer.value, names }) : fail(inWordsOf(names, answer.fault))
}

type Http = Parameters<typeof openAnswer>[0]

async function askAgent(
  { request, reply }: Http,
  asked: ModelRequest,
  handle: string,
  edge: Edge,
): Promise<Result<AnswerEvents>> {
  const input = askOf(asked, handle)
  if (!input.ok) return input
  if (identityOf(request).revision !== undefined) await edge.identifyAnew(request, reply)
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
function askModel(
  http: Http,
  { allowRestrictedView, ...asked }: ModelRequest,
  { clients, askModels }: Edge,
): Result<AnswerEvents> {
  if (idempotencyKeyOf(http.request) !== undefined) return fail(invalidKey())
  if (allowRestrictedView === true && asked.dropUnsupported !== true) return fail(noRestrictedView())
  const input = { ...asked, decisionIds: [] }
  return ok(askModels.stream(http, (call) => clients.models.complete(input, call), { timeoutMs: complete.timeoutMs }))
}

/** What a client sends has one view, its own text: there is nothing more restricted to send instead. */
function noRestrictedView() {
  const [field, rule] = ['/allowRestrictedView', 'is honoured by agents only']
  return modelsFaults.fault('unsupported', `${field} ${rule}.`, { errors: [{ field, rule }] })
}

const invalidKey = () =>
  httpFaults.fault('invalid-request', 'Idempotency-Key is not kept for raw models.', {
    errors: [{ field: 'Idempotency-Key', rule: 'is not kept for raw models' }],
  })

export function requireScope(request: FastifyRequest, scope: Scope): void {
  if (!hasScope(identityOf(request), scope))
    throw new FaultError(httpFaults.fault('forbidden', `This needs a key with the scope all or ${scope}.`))
}
