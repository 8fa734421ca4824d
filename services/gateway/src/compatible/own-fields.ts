import { ModelName } from '@tessera/shared/contracts/model-router/models'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { FieldNames } from './field-names.ts'
import type { ModelRequest } from './model-request.ts'

export const modelField = Type.String({
  minLength: 1,
  maxLength: 200,
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
  go_on_elsewhere: Type.Optional(
    Type.Boolean({
      description:
        'Ours: where a model breaks off within its text, another permitted one (of the route, or of `fallbacks`) goes on with it, and the stream says so. Absent: it ends in an error.',
    }),
  ),
}

export const ownHeaders = {
  'tessera-drop-unsupported': Type.Optional(
    Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'As `drop_unsupported` in the body.' }),
  ),
}

/** Whether the request lets parts of itself be dropped; the body wins. */
export const dropsUnsupported = ({ headers }: FastifyRequest, body: { drop_unsupported?: boolean }): boolean =>
  body.drop_unsupported ?? headers['tessera-drop-unsupported'] === 'true'

export const ownNames: FieldNames = { '/goOnElsewhere': '/go_on_elsewhere' }

const Own = Type.Object(ownFields)

/** Of a body, what is ours alone. */
export const ownOf = (
  { fallbacks, go_on_elsewhere: goOnElsewhere }: Static<typeof Own>,
  drop: boolean,
): Pick<ModelRequest, 'dropUnsupported' | 'fallbacks' | 'goOnElsewhere'> => ({
  ...(drop && { dropUnsupported: true }),
  ...(fallbacks && { fallbacks }),
  ...(goOnElsewhere !== undefined && { goOnElsewhere }),
})
