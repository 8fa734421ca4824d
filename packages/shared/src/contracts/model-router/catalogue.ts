import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { Label } from '../access-control/common.ts'
import { Name } from '../names.ts'
import { Effort } from './completion.ts'
import { adminFaults, readingFaults } from './faults.ts'
import { ModelKind, ModelName } from './models.ts'

const Micros = Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 })
const Tokens = Type.Integer({ minimum: 1, maximum: 100_000_000 })

/** Prices of a million tokens, in millionths of the currency that the catalogue is kept in. */
export const Prices = Type.Object(
  {
    inputMicros: Micros,
    outputMicros: Micros,
    cachedInputMicros: Type.Optional({ ...Micros, description: 'Absent: like other input.' }),
    cacheWriteMicros: Type.Optional({ ...Micros, description: 'Absent: like other input.' }),
  },
  { additionalProperties: false },
)
export type Prices = Static<typeof Prices>

export const Hosting = Type.Union([Type.Literal('own'), Type.Literal('cloud')])

/** What the catalogue says of a model. What an entry leaves out, that of its provider (`provider/*`) says, then the entries of the installation's file. */
export const CatalogueFacts = Type.Object(
  {
    kind: Type.Optional(ModelKind),
    contextTokens: Type.Optional({ ...Tokens, description: 'The longest prompt with its answer.' }),
    maxOutputTokens: Type.Optional({ ...Tokens, description: 'The longest answer.' }),
    modalities: Type.Optional(
      Type.Array(Type.Union([Type.Literal('text'), Type.Literal('image')]), {
        minItems: 1,
        uniqueItems: true,
        description: 'What may be in a prompt. Absent: not known, so nothing is refused.',
      }),
    ),
    efforts: Type.Optional(
      Type.Array(Effort, { uniqueItems: true, description: 'Efforts of reasoning. Absent: not known.' }),
    ),
    prices: Type.Optional(Prices),
    hosting: Type.Optional({ ...Hosting, description: 'Absent: as its provider is configured.' }),
    region: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{2,40}$', description: 'Where it runs, such as `eu`.' })),
    retentionDays: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 36_500, description: 'How long its provider keeps prompts.' }),
    ),
    labels: Type.Optional(
      Type.Array(Type.Union([Type.Literal('*'), Label]), {
        maxItems: 200,
        uniqueItems: true,
        description: 'Labels that it is cleared for; `*` is every label. Absent: none.',
      }),
    ),
    allow: Type.Optional(
      Type.Array(Name, {
        maxItems: 200,
        uniqueItems: true,
        description: 'Who may use it; an agent among them: through that agent. Absent: everybody of the workspace.',
      }),
    ),
    enabled: Type.Optional(Type.Boolean({ description: 'Absent: true.' })),
  },
  { additionalProperties: false },
)
export type CatalogueFacts = Static<typeof CatalogueFacts>

export const CatalogueModel = Type.Object({
  model: ModelName,
  provider: Type.String(),
  /** What is in force, all layers together. */
  facts: CatalogueFacts,
  /** What this workspace says itself. */
  own: Type.Optional(CatalogueFacts),
})

export const catalogueOperations = {
  listCatalogue: call({
    summary: 'The models of the workspace with everything that the catalogue says of them. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({}),
    output: Type.Object({ items: Type.Array(CatalogueModel) }),
    faults: readingFaults,
    timeoutMs: 10_000,
    idempotent: true,
  }),
  putCatalogueModel: call({
    summary:
      'What this workspace says of a model, or of all models of a provider (`provider/*`). In force for the next request. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ model: ModelName, facts: CatalogueFacts }),
    output: CatalogueModel,
    faults: adminFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  deleteCatalogueModel: call({
    summary: 'Takes back what this workspace says of a model: the file of the installation counts again. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ model: ModelName }),
    output: Type.Object({}),
    faults: adminFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
}
