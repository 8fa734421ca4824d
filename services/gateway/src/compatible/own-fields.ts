import { Label } from '@tessera/shared/contracts/access-control/common'
import { CacheSeconds } from '@tessera/shared/contracts/model-router/completion'
import { ModelName, ModelOrRoute } from '@tessera/shared/contracts/model-router/models'
import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults } from '@tessera/shared/http/faults'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { FieldNames } from './field-names.ts'
import type { ModelRequest } from './model-request.ts'

const cacheHeader = 'tessera-cache-seconds'

export const modelField = Type.String({
  ...ModelOrRoute,
  description: '`agent/<handle>`, or a model or route of GET /v1/models.',
})

/** What every API that is spoken here takes beside its own fields. */
export const ownFields = {
  drop_unsupported: Type.Optional(
    Type.Boolean({
      description:
        'Ours: what the model can’t honour is dropped instead of being an error. The header `tessera-drop-unsupported: true` does the same.',
    }),
  ),
  fallbacks: Type.Optional(
    Type.Array(ModelName, {
      maxItems: 10,
      description: 'Ours: models that may serve instead of the one that is named. Absent: none.',
    }),
  ),
  cache_seconds: Type.Optional({
    ...CacheSeconds,
    description:
      'Ours: the answer may be the one that you yourself got to the very same request, so many seconds ago at most, if nothing has changed in the workspace since; and this one is kept for as long. `x-tessera-route` says so. Absent: none is kept. The header `tessera-cache-seconds` does the same.',
  }),
  go_on_elsewhere: Type.Optional(
    Type.Boolean({
      description:
        'Ours: where a model breaks off within its text, another permitted one (of the route, or of `fallbacks`) goes on with it, and the stream says so. Absent: it ends in an error.',
    }),
  ),
  labels: Type.Optional(
    Type.Array(Label, {
      maxItems: 50,
      description:
        'Ours: labels that the prompt carries, beside those that the key is registered for. It goes only to models that are cleared for all of them.',
    }),
  ),
  allow_restricted_view: Type.Optional(
    Type.Boolean({
      description:
        'Ours, with an agent: where no model of it is cleared for the labels of what was found, it answers from what remains below them, redacted or a digest. Absent: an error that names them.',
    }),
  ),
}

export const ownHeaders = {
  'tessera-drop-unsupported': Type.Optional(
    Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'As `drop_unsupported` in the body.' }),
  ),
}

/** For what answers with text. */
export const answerHeaders = {
  ...ownHeaders,
  [cacheHeader]: Type.Optional(
    Type.String({ maxLength: 4, description: 'As `cache_seconds` in the body, which wins: 1 to 3600.' }),
  ),
}

/** What a request says in headers of ours beside its body. */
export function withOwnHeaders({ headers }: FastifyRequest, asked: ModelRequest): ModelRequest {
  const { [cacheHeader]: given } = headers
  if (given === undefined || asked.cacheSeconds !== undefined) return asked
  const cacheSeconds = Number(given)
  if (!/^\d+$/.test(String(given)) || cacheSeconds < 1 || cacheSeconds > 3600)
    throw new FaultError(
      httpFaults.fault('invalid-request', `${cacheHeader} ${rule}.`, { errors: [{ field: cacheHeader, rule }] }),
    )
  return { ...asked, cacheSeconds }
}

const rule = 'must be a whole number of seconds from 1 to 3600'

/** Whether the request lets parts of itself be dropped; the body wins. */
export const dropsUnsupported = ({ headers }: FastifyRequest, body: { drop_unsupported?: boolean }): boolean =>
  body.drop_unsupported ?? headers['tessera-drop-unsupported'] === 'true'

export const ownNames: FieldNames = {
  '/goOnElsewhere': '/go_on_elsewhere',
  '/cacheSeconds': '/cache_seconds',
  '/allowRestrictedView': '/allow_restricted_view',
}

const Own = Type.Object(ownFields)

/** Of a body, what is ours alone. */
export const ownOf = (
  {
    fallbacks,
    go_on_elsewhere: goOnElsewhere,
    cache_seconds: cacheSeconds,
    allow_restricted_view: allowRestrictedView,
    labels,
  }: Static<typeof Own>,
  drop: boolean,
): Pick<
  ModelRequest,
  'dropUnsupported' | 'fallbacks' | 'goOnElsewhere' | 'cacheSeconds' | 'allowRestrictedView' | 'labels'
> => ({
  ...(drop && { dropUnsupported: true }),
  ...(fallbacks && { fallbacks }),
  ...(goOnElsewhere !== undefined && { goOnElsewhere }),
  ...(cacheSeconds !== undefined && { cacheSeconds }),
  ...(allowRestrictedView !== undefined && { allowRestrictedView }),
  ...(labels && { labels }),
})
